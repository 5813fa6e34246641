package mapping

import (
	"strings"
	"testing"
)

func TestCheckShapesExpressions(t *testing.T) {
	when := &Shape{Kind: KindLong, Logical: LogicalTimestampMillis}
	v1 := []NamedShape{{"value v1", record("V", "s", primitive(KindString), "n", long, "at", when, "d", &Shape{Kind: KindBytes, Logical: LogicalDecimal, Scale: 2}, "l", &Shape{Kind: KindArray, Elem: long})}}
	for _, tt := range []struct{ line, want string }{
		{"note: lower(value.s)", ""},
		{"note: lower(value.n)", "lower wants a text, and this is a whole number (string(…) makes a text of it)"},
		{"note: value.n + 1", `the expression gives a whole number, and column "note" is text (convert it: string(…))`},
		{"note: value.s + value.n", "a text and a whole number do not go together with + (string(…) makes a text of it)"},
		{"note: value.st + 'x'", "value.st is in no registered schema of this topic's value"},
		{"note: string(value.d * 2)", ""},
		{"note: bucket(value.at, '1d')", `the expression gives a time, and column "note" is text`},
		{"note: bucket(value.n, '1d')", "bucket wants a time, and this is a whole number (from_epoch(…, 'ms') makes a time of a number)"},
		{"note: json(value.l)", ""},
	} {
		src := mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  "+tt.line)
		f, ds := Parse("m.yaml", []byte(src))
		if ds.Err() != nil {
			t.Fatal(ds.Err())
		}
		p, ds := Examine(f, 0, shop(t))
		ds = append(ds, CheckShapes(p, idKey(), v1)...)
		err := ds.Err()
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.line, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.line, err, tt.want)
		}
	}
}

// TestConditionsAreBooleans: whatever stands there is checked without schemas too.
func TestConditionsAreBooleans(t *testing.T) {
	for key, want := range map[string]string{"when: lower(value.s)": "when must be true or false, and this is a text", "delete_when: len(value.s)": "delete_when must be", "ttl: float(value.n)": "ttl is a floating point number"} {
		p := mustCompile(t, mapped(avroKey, "table: orders\n"+key+"\ncolumns:\n  id: key.id"))
		if err := CheckShapes(p, nil, nil).Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", key, err, want)
		}
	}
}

func TestNowIsLabelled(t *testing.T) {
	entry := "table: orders\ncolumns:\n  id: key.id\n  note: string(now())"
	if _, ds := compileOne(t, mapped(avroKey, entry)); ds.Err() == nil || !strings.Contains(ds.Err().Error(), "now() differs each time") {
		t.Errorf("got %v", ds)
	}
	if _, ds := compileOne(t, mapped(avroKey, entry+"\naccept: [now]")); ds.Err() != nil {
		t.Error(ds.Err())
	}
}
