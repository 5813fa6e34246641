// Package sink writes rows into Cassandra. It owns the session, reads the live
// tables and tells when they change, turns statements into CQL text, groups rows
// into batches and executes them until every row is acknowledged or known to be
// unwritable. Its Reader reads rows back as they were encoded, for comparisons. It
// is the only package that knows the driver.
//
// What it relies on: every row carries its own write timestamp, so writes are
// idempotent and the order in which batches run does not matter. That is why a
// batch may be sent again after any failure, ambiguous ones included, and why
// rows of one lane may be spread over many requests in flight. Counters and
// conditional writes have no timestamp: they go alone (alone.go), and a counter
// that may have been counted is never sent again.
package sink
