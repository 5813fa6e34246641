// Package retry says what a failure means and how long to wait before the next
// attempt. It knows no driver and no broker: the packages at the edges
// translate their errors into a Class exactly once, and everything behind them
// decides by that class alone.
package retry
