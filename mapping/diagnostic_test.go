package mapping

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	src := []byte("first: 1\r\n\ttab: x\n" + long + "\nésc: \x1b[31mé\nlast")
	at := func(line, col int, message, hint string) Diagnostic {
		return Diagnostic{File: "orders.yaml", Line: line, Col: col, Message: message, Hint: hint}
	}
	ds := Diagnostics{
		{File: "orders.yaml", Message: "about the file"},
		at(1, 8, "a carriage return is no part of the line", "none needed"),
		at(2, 7, "under a tab", ""),
		at(3, 5, "near the start", ""),
		at(3, 150, "in the middle", ""),
		at(3, 301, "behind the end", ""),
		at(4, 11, "escapes cannot steer the terminal: \x1b[31m", "nor in \x07 hints"),
		{Severity: Warning, File: "orders.yaml", Line: 5, Col: 1, Message: "the last line"},
		{Severity: Note, File: "orders.yaml", Line: 9, Col: 1, Message: "a line that is not there"},
		at(5, 500, "a column that is not there", ""),
	}
	golden(t, "render.golden", rendered(t, ds, src))
}

func TestDiagnosticsErr(t *testing.T) {
	ds := Diagnostics{{Severity: Warning, File: "f", Message: "w"}, {Severity: Note, File: "f", Message: "n"}}
	if err := ds.Err(); err != nil {
		t.Errorf("warnings and notes are an error: %v", err)
	}
	ds = append(ds, Diagnostic{File: "f", Line: 2, Col: 3, Message: "bad", Hint: "do this"}, Diagnostic{File: "f", Message: "worse"})
	if err := ds.Err(); err == nil || err.Error() != "f:2:3: bad (do this)\nf: worse" {
		t.Errorf("got %v", err)
	}
}

func TestDiagnosticJSON(t *testing.T) {
	got, err := json.Marshal(Diagnostics{
		{Severity: Warning, File: "f", Line: 2, Col: 3, Message: "m", Hint: "h"},
		{File: "f", Message: "m"},
	})
	const want = `[{"severity":"warning","file":"f","line":2,"column":3,"message":"m","help":"h"},{"severity":"error","file":"f","message":"m"}]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

// failingWriter refuses everything.
type failingWriter struct{}

var errFull = errors.New("disk full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestRenderReturnsWriteErrors(t *testing.T) {
	if err := (Diagnostics{{Message: "m"}}).Render(failingWriter{}, nil); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}
