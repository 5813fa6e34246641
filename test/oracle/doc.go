// Package oracle says what a table must hold after a log of records: every row,
// every cell, every WRITETIME. It draws random logs, folds them, and compares
// the result with what was read from Cassandra.
//
// It is written from the promise, not from the worker: it shares no code with
// it, so that a mistake made there is not repeated here.
package oracle
