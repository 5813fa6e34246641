package mapping

import (
	"fmt"
	"slices"
	"strings"

	"ingest/retry"
)

// RecordName is the name of an Avro record: its full name, or a short one, which
// is that of every record whose full name ends with it.
type RecordName struct {
	Name string
	Pos  Pos
}

// Is reports whether a full name is the record's.
func (n *RecordName) Is(full string) bool {
	if n.Name == full {
		return true
	}
	rest, ends := strings.CutSuffix(full, n.Name)
	return ends && strings.HasSuffix(rest, ".") && !strings.Contains(n.Name, ".")
}

// meets reports whether one record can have both names.
func (n *RecordName) meets(other *RecordName) bool { return n.Is(other.Name) || other.Is(n.Name) }

// IsRecord reports whether the full name of a record is among the names. Without
// names every record is.
func IsRecord(names []RecordName, full string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(n RecordName) bool { return n.Is(full) })
}

func (p *Part) takes(record string) bool { return len(p.records) == 0 || IsRecord(p.records, record) }

// dispatch says which records a form has a part for.
type dispatch struct {
	names []RecordName // of all parts of the topic; empty: one of them takes every record
	skip  bool
}

// ByRecord reports whether what a form does depends on the name of the value's
// record, so that the value has to be read whether or not a column wants it.
func (f *Form) ByRecord() bool { return f.dispatch != nil }

func (f *Form) takes(record string) bool {
	return f.dispatch == nil || IsRecord(f.dispatch.names, record)
}

// unmatched is what a record gives that no table takes.
func (f *Form) unmatched(name string, record int32, b *Buffer) {
	if f.dispatch.skip {
		return
	}
	what := "a value that is no record"
	if name != "" {
		what = "record " + name
	}
	err := fmt.Errorf("no table of the topic takes %s", what)
	b.Poison = append(b.Poison, RowPoison{Record: record, Err: &retry.Poison{Reason: retry.ReasonUnmatched, Path: "value", Err: err}})
}

// RecordNames gives the names of all `record:` of a topic, each once.
func (t *Topic) RecordNames() []string {
	var names []string
	for i := range t.Tables {
		for _, n := range t.Tables[i].Records {
			names = appendMissing(names, n.Name)
		}
	}
	return names
}
