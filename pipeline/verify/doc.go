// Package verify compares what is in Cassandra with what the log says.
//
//	log up to the group's commits ─► (Mapper) ─► fold: what each row should hold
//	                                              └► judge ◄─ (Rows) live rows
//
// The log is read outside of the group (package scan), stamped by the worker's own
// clock and mapped by its own mapper, so verify finds what has become of the rows,
// not mistakes of the mapping itself.
//
// # No false alarms while workers write
//
// A row that differs is looked at again, before it is reported: the commits are
// asked for, the fold goes on up to them, the row is read, and then the ends of
// the log. Everything before the commits had been written when the row was read,
// and nothing beyond the ends had. So a row that differs, and that no record
// between the two is about, differs for good; one that such a record is about is
// tried again later, and in the end counted as not judged.
//
// # Memory
//
// The fold keeps the rows of one span of hashes. When it outgrows its limit it lets
// the upper half of the span go; those rows get a pass over the log of their own.
package verify
