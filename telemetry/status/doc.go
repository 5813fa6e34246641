// Package status is the page for a person on call, and the same as JSON: what this
// worker is, what keeps it from being ready, what lags and why, and what went wrong
// last. It reads the process's own metrics, its Health and its Recent, so it knows
// nothing of the pipeline, and it changes nothing.
package status
