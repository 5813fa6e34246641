package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Diagnostic is one thing to say about a mapping file.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"`   // from 1; 0: the file as a whole
	Col      int      `json:"column,omitempty"` // in characters, from 1
	Message  string   `json:"message"`
	Hint     string   `json:"help,omitempty"`  // what to do about it
	Topic    string   `json:"topic,omitempty"` // that it is about; empty: none, or several
	Table    string   `json:"table,omitempty"` // likewise, as keyspace.table
}

// Severity says how much a diagnostic weighs.
type Severity uint8

// The severities. A mapping with an Error does not run; a Warning is a likely
// mistake or a weaker promise; a Note is worth knowing.
const (
	Error Severity = iota
	Warning
	Note
)

var severityNames = [...]string{"error", "warning", "note"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText gives the name, for JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String gives the diagnostic on one line, without the hint.
func (d *Diagnostic) String() string {
	return d.place() + ": " + d.Severity.String() + ": " + d.Message
}

// place gives file:line:col as far as it is known.
func (d *Diagnostic) place() string {
	if d.Line == 0 {
		return d.File
	}
	return d.File + ":" + strconv.Itoa(d.Line) + ":" + strconv.Itoa(d.Col)
}

// Diagnostics are all that was found, in the file's order.
type Diagnostics []Diagnostic

// Err gives nil when nothing is an Error, else an error that lists those that
// are, each with its place and what to do.
func (ds Diagnostics) Err() error {
	var errs []error
	for i := range ds {
		d := &ds[i]
		if d.Severity != Error {
			continue
		}
		text := d.place() + ": " + d.Message
		if d.Hint != "" {
			text += " (" + d.Hint + ")"
		}
		errs = append(errs, errors.New(text))
	}
	return errors.Join(errs...)
}

// Sort puts what several checks found into the file's order.
func (ds Diagnostics) Sort() {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Severity, b.Severity))
	})
}

// maxDiagnostics bounds what one file can say, so that a file that is no
// mapping at all does not bury its first fault.
const maxDiagnostics = 100

// reporter gathers the diagnostics of one file.
type reporter struct {
	file   string
	list   Diagnostics
	faults int // Errors among the list and beyond
	more   int // dropped beyond maxDiagnostics

	topic, about string // the topic and table that come next
}

func (r *reporter) add(s Severity, at Pos, hint, format string, args ...any) {
	if s == Error {
		r.faults++
	}
	if len(r.list) >= maxDiagnostics {
		r.more++
		return
	}
	r.list = append(r.list, Diagnostic{Severity: s, File: r.file, Line: at.Line, Col: at.Col, Message: fmt.Sprintf(format, args...), Hint: hint, Topic: r.topic, Table: r.about})
}

// fault adds an Error.
func (r *reporter) fault(at Pos, hint, format string, args ...any) {
	r.add(Error, at, hint, format, args...)
}

// done gives what was gathered in the file's order, without repetitions.
func (r *reporter) done() Diagnostics {
	r.list.Sort()
	r.list = slices.Compact(r.list)
	if r.more > 0 {
		severity, what := Error, "faults"
		if r.faults == 0 {
			severity, what = Note, "findings"
		}
		r.list = append(r.list, Diagnostic{Severity: severity, File: r.file, Message: fmt.Sprintf("%d more %s are not shown", r.more, what)})
	}
	return r.list
}

// quoteList writes names as a list in a sentence, the first few of them.
func quoteList(names []string) string {
	const shown = 12
	var b strings.Builder
	for i, name := range names {
		if i == shown {
			fmt.Fprintf(&b, " and %d more", len(names)-shown)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(name))
	}
	return b.String()
}
