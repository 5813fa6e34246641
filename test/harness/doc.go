// Package harness is what tests of the built worker share, whichever servers
// they run against: a TestMain that builds the worker and starts a stack, the
// worker's process with what it logs and answers, and waiting with a deadline.
// All of it but this comment carries the build tag stack.
package harness
