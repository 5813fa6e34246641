package sink

import (
	"errors"
	"testing"
	"time"

	"ingest/mapping"
	"ingest/retry"
)

func textTable() *mapping.Table {
	text, tuple := &mapping.Type{Kind: mapping.TypeText}, &mapping.Type{Kind: mapping.TypeTuple, Elems: []*mapping.Type{{Kind: mapping.TypeInt}, {Kind: mapping.TypeTuple, Elems: []*mapping.Type{{Kind: mapping.TypeInt}}}}}
	return &mapping.Table{
		Keyspace: "shop", Name: `Or"ders`, ID: "6f4fa7a0-3f1c-11ee-be56-0242ac120002",
		Columns: []mapping.Column{
			{Name: "id", Type: text, Kind: mapping.PartitionKey}, {Name: "Line No", Type: text, Kind: mapping.Clustering},
			{Name: "select", Type: text}, {Name: "pos", Type: tuple},
		},
		PartitionKey: []int{0}, Clustering: []int{1},
	}
}

func TestStatementText(t *testing.T) {
	table := textTable()
	tests := []struct {
		name string
		st   mapping.Statement
		want string
	}{
		{"insert", mapping.Statement{Table: table, Columns: []int{2, 0, 1}},
			`INSERT INTO "shop"."Or""ders" ("select","id","Line No") VALUES ((text)?,(text)?,(text)?) USING TIMESTAMP ? /* 6f4fa7a0-3f1c-11ee-be56-0242ac120002 mark */`},
		{"insert with a TTL", mapping.Statement{Table: table, Columns: []int{0, 1}, TTL: 5},
			`INSERT INTO "shop"."Or""ders" ("id","Line No") VALUES ((text)?,(text)?) USING TIMESTAMP ? AND TTL ? /* 6f4fa7a0-3f1c-11ee-be56-0242ac120002 mark */`},
		{"delete", mapping.Statement{Table: table, Op: mapping.DeleteRow, Columns: []int{0, 1}},
			`DELETE FROM "shop"."Or""ders" USING TIMESTAMP ? WHERE "id"=(text)? AND "Line No"=(text)? /* 6f4fa7a0-3f1c-11ee-be56-0242ac120002 mark */`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := statementText(&test.st, "mark"); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestTupleText(t *testing.T) {
	table := textTable()
	st := &mapping.Statement{Table: table, Columns: []int{0, 3, 2}}
	value := func(state mapping.State, data string) []mapping.Cell {
		return []mapping.Cell{
			{Type: table.Columns[0].Type, State: mapping.Value, Data: []byte("id")},
			{Type: table.Columns[3].Type, State: state, Data: []byte(data)},
			{Type: table.Columns[2].Type, State: mapping.Value, Data: []byte("s")},
		}
	}
	const head, tail = `INSERT INTO "shop"."Or""ders" ("id"`, ` USING TIMESTAMP ? /* 6f4fa7a0-3f1c-11ee-be56-0242ac120002 mark */`
	tests := []struct {
		name  string
		cells []mapping.Cell
		want  string
		binds int
	}{
		{"value", value(mapping.Value, "\x00\x00\x00\x04abcd\x00\x00\x00\x08\x00\x00\x00\x04efgh"), head + `,"pos","select") VALUES ((text)?,((int)?,((int)?)),(text)?)` + tail, 4},
		{"inner tuple is null", value(mapping.Value, "\x00\x00\x00\x04abcd\xff\xff\xff\xff"), head + `,"pos","select") VALUES ((text)?,((int)?,null),(text)?)` + tail, 3},
		{"elements left out", value(mapping.Value, "\x00\x00\x00\x04abcd"), head + `,"pos","select") VALUES ((text)?,((int)?,null),(text)?)` + tail, 3},
		{"null", value(mapping.Tombstone, ""), head + `,"pos","select") VALUES ((text)?,null,(text)?)` + tail, 2},
		{"unset", value(mapping.Unset, ""), head + `,"select") VALUES ((text)?,(text)?)` + tail, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, cells, err := tupleText(&mapping.Row{Statement: st, Cells: test.cells}, "mark")
			if err != nil || text != test.want || len(cells) != test.binds {
				t.Errorf("got  %s with %d values, %v\nwant %s with %d", text, len(cells), err, test.want, test.binds)
			}
		})
	}
	t.Run("broken bytes are one row's fault", func(t *testing.T) {
		_, _, err := tupleText(&mapping.Row{Statement: st, Cells: value(mapping.Value, "\x00\x00\x00\x09abcd")}, "mark")
		if e, ok := errors.AsType[*retry.Error](err); !ok || e.Class != retry.Invalid {
			t.Errorf("got %v, want an error of class invalid", err)
		}
	})
}

// A plan has a text of its own, since what the driver has learnt of an older
// plan's says nothing; and a text that a cell refused gives way to another.
func TestTextsArePreparedAnew(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	w := &Writer{session: &Session{mark: "m"}, now: func() time.Time { return now }}
	plan := func() *mapping.Statement {
		table := &mapping.Table{Keyspace: "k", Name: "t", ID: "1", Columns: []mapping.Column{{Name: "pk", Type: &mapping.Type{Kind: mapping.TypeInt}, Kind: mapping.PartitionKey}}}
		return &mapping.Statement{Table: table, Columns: []int{0}, Routing: []int{0}}
	}
	old, next := plan(), plan()
	text := func(st *mapping.Statement) string { return w.info(st).text }
	first := text(old)
	if text(old) != first || text(next) == first {
		t.Fatalf("the texts are %q and %q", text(old), text(next))
	}
	refuse := func() { w.renew([]*mapping.Row{{Statement: old}, {Statement: old}}) }
	if refuse(); text(old) != first {
		t.Error("a text that was just made gave way")
	}
	now = now.Add(renewEvery)
	if refuse(); text(old) == first {
		t.Error("a text that was refused stays")
	}
}
