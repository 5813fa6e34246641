package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"

	"ingest/pipeline/verify"
)

// tell prints the report and gives the exit code for it.
func (v *verification) tell(r *verify.Report) error {
	var err error
	if v.flags.asJSON {
		out := json.NewEncoder(v.stdout)
		out.SetIndent("", "  ")
		err = out.Encode(r)
	} else {
		err = writeReport(v.stdout, r)
	}
	switch {
	case err != nil:
		return err
	case r.Differing > 0:
		return &codedError{code: exitFailed}
	case !r.Complete() || r.Rows == 0:
		return &codedError{code: exitUsage}
	}
	return nil
}

var reasonTexts = map[verify.Reason]string{
	verify.ReasonOlder:       "cells were written before what is left of the log, or before --since",
	verify.ReasonClock:       "cells have the right value; what is left of the log does not tell their write timestamp",
	verify.ReasonCollections: "cells are collections with the right value; they have no one write timestamp",
	verify.ReasonTie:         "cells were written twice with one timestamp",
	verify.ReasonHidden:      "cells are of columns that were dropped and added again later; Cassandra hides them",
	verify.ReasonLife:        "cells or rows are about to expire, or live from each write on",
	verify.ReasonLetter:      "rows differ, and records of them are dead-lettered, not replayed",
	verify.ReasonMixed:       "rows differ, and records of several partitions meet in them whose clocks are not known",
	verify.ReasonEvents:      "rows differ, and records that are gone may have had a later event time",
	verify.ReasonBeyond:      "rows differ, and records beyond the commit are about them",
	verify.ReasonUnread:      "rows could not be read from Cassandra",
	verify.ReasonTime:        "rows, or passes over the log, were not reached in time",
	verify.ReasonMemory:      "writes found no room: raise --memory",
	verify.ReasonKind:        "writes are to tables whose rows cannot be compared: the notes say why",
}

// writeReport writes a report for a person.
func writeReport(w io.Writer, r *verify.Report) error {
	out := &printer{w: w}
	out.line("compared %d rows with %d cells, by %d records of the log, in %.1f s", r.Rows, r.Cells, r.Records, r.Seconds)
	if r.Passes > 1 {
		out.line("the log was read %d times: more --memory needs fewer", r.Passes)
	}
	if r.Unwritable > 0 {
		out.line("%d records give no row for a table, as the mapping is: they are dead-lettered or skipped", r.Unwritable)
	}
	if r.Lettered > 0 {
		out.line("%d records are dead-lettered, not replayed", r.Lettered)
	}
	if len(r.Unjudged) > 0 {
		out.line("not judged:")
		for _, why := range slices.Sorted(maps.Keys(r.Unjudged)) {
			out.line("  %d %s", r.Unjudged[why], reasonTexts[why])
		}
	}
	for _, note := range r.Notes {
		out.line("note: %s", note)
	}
	if r.Differing == 0 {
		out.line("no difference")
		return out.err
	}
	out.line("rows that differ: %d", r.Differing)
	for _, kind := range verify.Kinds {
		if n := r.Differences[kind]; n > 0 {
			out.line("  %d %s", n, kind)
		}
	}
	if out.err == nil {
		out.err = writeDetails(w, r.Details)
	}
	return out.err
}

// printer writes lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func writeDetails(w io.Writer, details []verify.Difference) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KIND\tTABLE\tROW\tCOLUMN\tRECORD\tWANT\tHAVE")
	for i := range details {
		d := &details[i]
		row := d.Row
		if d.Key != "" {
			row = d.Key
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s/%d/%d\t%s\t%s\n", d.Kind, d.Table, printable(row), d.Column, d.Topic, d.Partition, d.Offset,
			side(d.Want, d.WantValue), side(d.Have, d.HaveValue))
	}
	return t.Flush()
}

// side writes a timestamp, and a value if it was asked for.
func side(stamp int64, value string) string {
	switch {
	case stamp == 0 && value == "":
		return "-"
	case value == "":
		return strconv.FormatInt(stamp, 10)
	}
	return strconv.FormatInt(stamp, 10) + " " + printable(value)
}
