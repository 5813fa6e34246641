// Package replay writes the records of dead letters again: by today's mapping,
// into the tables that failed, with the write timestamps that their rows would
// have had at first. So it changes nothing that later records have written.
//
// A letter is marked as replayed only after every one of its rows is
// acknowledged. Whatever stops a replay in between leaves letters open that are
// written already; to write those again changes nothing.
package replay
