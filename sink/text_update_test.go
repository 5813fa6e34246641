package sink

import (
	"testing"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// waysTable has a column for each way to write.
func waysTable() *mapping.Table {
	text := &mapping.Type{Kind: mapping.TypeText}
	return &mapping.Table{
		Keyspace: "k", Name: "t", ID: "i", PartitionKey: []int{0}, Clustering: []int{1},
		Columns: []mapping.Column{
			{Name: "pk", Type: text, Kind: mapping.PartitionKey}, {Name: "ck", Type: text, Kind: mapping.Clustering}, {Name: "v", Type: text},
			{Name: "l", Type: &mapping.Type{Kind: mapping.TypeList, Elem: text}}, {Name: "m", Type: &mapping.Type{Kind: mapping.TypeMap, Key: text, Elem: text}},
			{Name: "c", Type: &mapping.Type{Kind: mapping.TypeCounter}},
		},
	}
}

func TestWays(t *testing.T) {
	table := waysTable()
	tests := []struct {
		name string
		st   mapping.Statement
		want string
	}{
		{"update", mapping.Statement{Op: mapping.Update, Columns: []int{2, 0, 1}}, `UPDATE "k"."t" USING TIMESTAMP ? SET "v"=(text)? WHERE "pk"=(text)? AND "ck"=(text)?`},
		{"update with a TTL and collections", mapping.Statement{Op: mapping.Update, Columns: []int{2, 3, 4, 0}, TTL: 5, Cells: []mapping.CellOp{mapping.OpSet, mapping.OpPrepend, mapping.OpRemove, mapping.OpSet}},
			`UPDATE "k"."t" USING TIMESTAMP ? AND TTL ? SET "v"=(text)?,"l"=(list<text>)?+"l","m"="m"-(frozen<set<text>>)? WHERE "pk"=(text)?`},
		{"append and put", mapping.Statement{Op: mapping.Update, Columns: []int{3, 4, 0}, Cells: []mapping.CellOp{mapping.OpAppend, mapping.OpPut, mapping.OpSet}},
			`UPDATE "k"."t" USING TIMESTAMP ? SET "l"="l"+(list<text>)?,"m"="m"+(map<text, text>)? WHERE "pk"=(text)?`},
		{"insert if absent", mapping.Statement{Op: mapping.InsertIfAbsent, Columns: []int{0, 1}}, `INSERT INTO "k"."t" ("pk","ck") VALUES ((text)?,(text)?) IF NOT EXISTS`},
		{"insert if absent with a TTL", mapping.Statement{Op: mapping.InsertIfAbsent, Columns: []int{0, 1}, TTL: 5}, `INSERT INTO "k"."t" ("pk","ck") VALUES ((text)?,(text)?) IF NOT EXISTS USING TTL ?`},
		{"partition", mapping.Statement{Op: mapping.DeletePartition, Columns: []int{0}}, `DELETE FROM "k"."t" USING TIMESTAMP ? WHERE "pk"=(text)?`},
		{"columns", mapping.Statement{Op: mapping.DeleteColumns, Columns: []int{0, 1}, Deleted: []int{2, 3}}, `DELETE "v","l" FROM "k"."t" USING TIMESTAMP ? WHERE "pk"=(text)? AND "ck"=(text)?`},
		{"counter", mapping.Statement{Op: mapping.Counter, Columns: []int{5, 0, 1}}, `UPDATE "k"."t" SET "c"="c"+(counter)? WHERE "pk"=(text)? AND "ck"=(text)?`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.st.Table = table
			if got, want := statementText(&test.st, "s"), test.want+" /* i s */"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// A table with a tuple binds null, as others do, where a collection gains nothing.
func TestNothingToAddBesideATuple(t *testing.T) {
	table := waysTable()
	pair := &mapping.Type{Kind: mapping.TypeTuple, Elems: []*mapping.Type{table.Columns[2].Type}}
	table.Columns = append(table.Columns, mapping.Column{Name: "p", Type: pair})
	st := &mapping.Statement{Table: table, Op: mapping.Update, Columns: []int{2, 3, 4, 6, 0},
		Cells: []mapping.CellOp{mapping.OpSet, mapping.OpAppend, mapping.OpPut, mapping.OpSet, mapping.OpSet}}
	r := &mapping.Row{Statement: st}
	for i, state := range []mapping.State{mapping.Unset, mapping.Unset, mapping.Tombstone, mapping.Value, mapping.Value} {
		r.Cells = append(r.Cells, mapping.Cell{Type: table.Columns[st.Columns[i]].Type, State: state, Data: []byte("\x00\x00\x00\x01x")})
	}
	a := &attempt{longs: make([]boundLong, 0, 1)}
	if err := a.bind(r, &statementInfo{mark: "s", tuples: true}, time.Now()); err != nil {
		t.Fatal(err)
	}
	const want = `UPDATE "k"."t" USING TIMESTAMP ? SET "v"=(text)?,"l"="l"+(list<text>)?,"m"="m"+(map<text, text>)?,"p"=((text)?) WHERE "pk"=(text)? /* i s */`
	if got := a.entries[0]; got.Stmt != want || len(got.Args) != 6 {
		t.Fatalf("got  %s with %d values\nwant %s", got.Stmt, len(got.Args), want)
	}
	if a.args[1] != gocql.UnsetValue {
		t.Errorf("a column that stays is bound as %v", a.args[1])
	}
	for _, i := range []int{2, 3} {
		if c, ok := a.args[i].(*boundCell); !ok || c.State != mapping.Null {
			t.Errorf("what a collection gains is bound as %v, want null", a.args[i])
		}
	}
}

func TestConditionsAreAgreedOnWhereTheWriteStays(t *testing.T) {
	for level, want := range map[gocql.Consistency]gocql.SerialConsistency{
		gocql.LocalQuorum: gocql.LocalSerial, gocql.LocalOne: gocql.LocalSerial, gocql.Quorum: gocql.Serial, gocql.EachQuorum: gocql.Serial,
	} {
		if got := serial(level); got != want {
			t.Errorf("%s with %s, want %s", level, got, want)
		}
	}
}
