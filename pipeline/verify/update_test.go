package verify

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ingest/mapping"
)

// The table of these tests: a key, a text and a set.
var (
	textSet  = &mapping.Type{Kind: mapping.TypeSet, Elem: words}
	profiles = &mapping.Table{Keyspace: "shop", Name: "profiles", PartitionKey: []int{0}, Columns: []mapping.Column{
		{Name: "id", Type: words, Kind: mapping.PartitionKey}, {Name: "name", Type: words}, {Name: "tags", Type: textSet},
	}}
	adding   = &mapping.Statement{Table: profiles, Op: mapping.Update, Columns: []int{1, 2, 0}, Cells: []mapping.CellOp{mapping.OpSet, mapping.OpAppend, mapping.OpSet}}
	removing = &mapping.Statement{Table: profiles, Op: mapping.Update, Columns: []int{1, 2, 0}, Cells: []mapping.CellOp{mapping.OpSet, mapping.OpRemove, mapping.OpSet}}
	leaving  = &mapping.Statement{Table: profiles, Op: mapping.DeleteRow, Columns: []int{0}}
	clearing = &mapping.Statement{Table: profiles, Op: mapping.DeleteColumns, Columns: []int{0}, Deleted: []int{2}}
)

// profile is a row of one of these statements; an empty name or element is unset.
func profile(st *mapping.Statement, name, element string) *mapping.Row {
	id := value(words, []byte("p"))
	if st.Op != mapping.Update {
		return &mapping.Row{Statement: st, Cells: []mapping.Cell{id}}
	}
	cells := []mapping.Cell{{Type: words, State: mapping.Unset}, {Type: textSet, State: mapping.Unset}, id}
	if name != "" {
		cells[0] = value(words, []byte(name))
	}
	if element != "" {
		cells[1] = value(textSet, append([]byte{0, 0, 0, 1}, appendElement(nil, []byte(element))...))
	}
	return &mapping.Row{Statement: st, Cells: cells}
}

// naiveProfile is a profile as a naive Cassandra keeps it: the latest write of each
// cell, elements of the set too.
type naiveProfile struct {
	name             string
	named            int64
	elements         map[string]int64 // by stamp; negative: removed then
	deleted, cleared int64
}

func (n *naiveProfile) write(st *mapping.Statement, stamp int64, name, element string) {
	switch st {
	case leaving:
		n.deleted = stamp
	case clearing:
		n.cleared = stamp
	}
	if name != "" {
		n.name, n.named = name, stamp
	}
	if element != "" && st == removing {
		stamp = -stamp
	}
	if element != "" {
		n.elements[element] = stamp
	}
}

func (n *naiveProfile) read() (have []mapping.Stored, found bool) {
	have = make([]mapping.Stored, 2)
	if n.named > n.deleted {
		have[0] = mapping.Stored{Set: true, Data: []byte(n.name), Stamp: n.named}
	}
	for _, element := range slices.Sorted(maps.Keys(n.elements)) {
		if n.elements[element] > max(n.deleted, n.cleared) {
			have[1].Set = true
			have[1].Data = appendElement(have[1].Data, []byte(element))
		}
	}
	return have, have[0].Set || have[1].Set
}

// A table that is updated is judged without row markers: by its plain columns, and by
// deletes. What changes in place have made of a set is left alone.
func TestUpdatesAreJudged(t *testing.T) {
	program := &mapping.Program{Write: formOf(adding, removing), Tombstone: formOf(leaving, clearing)}
	planted := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		f := newFold(Tables([]*mapping.Program{program}, func(*mapping.Table) bool { return true }), sample(1), 1<<40)
		part, n := wholeLog(), &naiveProfile{elements: map[string]int64{}}
		records := rapid.IntRange(1, 12).Draw(t, "records")
		for i := range int64(records) {
			st := rapid.SampledFrom([]*mapping.Statement{adding, adding, removing, leaving, clearing}).Draw(t, "statement")
			name, element := "", ""
			if st.Op == mapping.Update {
				name = rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(t, "name")
				element = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "element")
			}
			if st.Op == mapping.Update && name+element == "" {
				continue // the mapping gives no row of nothing
			}
			n.write(st, i+1, name, element)
			f.apply(write{stamp: i + 1, part: part, offset: i}, profile(st, name, element), false)
		}
		for key, r := range f.rows {
			have, found := n.read()
			if v := judgeRow(r, found, have, noon); len(v.differences) > 0 || len(v.unjudged) > 0 {
				t.Fatalf("differences %+v, not judged %v of a right row %q", v.differences, v.unjudged, key)
			}
			kind, why := plantProfile(n, int64(records)+1)
			planted[why]++
			have, found = n.read()
			if v := judgeRow(r, found, have, noon); len(v.differences) != 1 || v.differences[0].kind != kind {
				t.Fatalf("%s: differences %+v, want one %q", why, v.differences, kind)
			}
		}
	})
	if len(planted) < 3 {
		t.Errorf("planted only %v", planted)
	}
}

// plantProfile changes what a table holds behind the worker's back, in a way that the
// log tells.
func plantProfile(n *naiveProfile, stamp int64) (Kind, string) {
	have, found := n.read()
	switch {
	case have[0].Set && !have[1].Set:
		n.deleted = stamp
		return Missing, "a row whose only column is lost"
	case have[0].Set:
		n.named = 0
		return Missing, "a column is lost"
	case !found && n.cleared+n.deleted > 0 && !slices.ContainsFunc(slices.Collect(maps.Values(n.elements)), func(at int64) bool { return max(at, -at) > max(n.cleared, n.deleted) }):
		n.elements["c"] = stamp
		return Extra, "a set is filled that a delete has emptied"
	}
	n.name, n.named = "eve", stamp
	return Extra, "a column is written that no record writes"
}

const manyWays = `version: 1
topics:
  - topic: t
    key: {format: string}
    tables:
      - table: shop.profiles
        write: update
        accept: [now]
        columns: {id: key, tags: {from: value.tags, op: append}, name: "string(now())"}
      - table: shop.seen
        accept: [now, cross_partition]
        when: meta.timestamp < now()
        columns: {id: key, name: value.name}
      - table: shop.hits
        write: counter
        accept: [counter]
        tombstone: ignore
        columns: {id: key, n: value.n}
      - table: shop.firsts
        write: insert_if_absent
        accept: [lwt]
        tombstone: ignore
        columns: {id: key, name: value.name}
      - table: shop.lines
        delete: partition
        columns: {id: key, line: value.line, name: value.name}
`

// What cannot be compared is said by name.
func TestWhatIsNotComparedIsNamed(t *testing.T) {
	tables := map[string]*mapping.Table{"profiles": profiles}
	for _, name := range []string{"seen", "hits", "firsts", "lines"} {
		live := &mapping.Table{Keyspace: "shop", Name: name, PartitionKey: []int{0}, Columns: slices.Clone(profiles.Columns[:2])}
		switch name {
		case "hits":
			live.Columns[1] = mapping.Column{Name: "n", Type: &mapping.Type{Kind: mapping.TypeCounter}}
		case "lines":
			live.Columns, live.Clustering = append(live.Columns, mapping.Column{Name: "line", Type: bigint, Kind: mapping.Clustering}), []int{2}
		}
		tables[name] = live
	}
	file, found := mapping.Parse("m.yaml", []byte(manyWays))
	if err := found.Err(); err != nil {
		t.Fatal(found)
	}
	p, found := mapping.Compile(file, 0, &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{"shop": tables}, Names: []string{"shop"}})
	if err := found.Err(); err != nil {
		t.Fatalf("%+v", found)
	}
	n := &notes{}
	for _, table := range Tables([]*mapping.Program{p}, func(*mapping.Table) bool { return true }) {
		n.table(table)
	}
	got := strings.Join(n.sentences(), "\n")
	for _, want := range []string{
		"shop.profiles are not compared, only that a delete has emptied them: tags (they are changed in place",
		"shop.profiles are not compared, only that a delete has emptied them: name (now() feeds them)",
		"rows of shop.seen are not compared: now() decides",
		"rows of shop.hits are not compared: counters",
		"rows of shop.firsts are not compared: the row that was inserted first stays",
		"rows of shop.lines are not compared: records delete whole partitions",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the notes lack %q:\n%s", want, got)
		}
	}
	if lines := strings.Count(got, "\n") + 1; lines != 6 {
		t.Errorf("%d notes, want 6:\n%s", lines, got)
	}
}

// Records about static columns alone are about no row.
func TestStaticColumnsAreAboutNoRow(t *testing.T) {
	owned := *live
	owned.Columns = append(slices.Clone(live.Columns), mapping.Column{Name: "owner", Type: words, Kind: mapping.Static})
	rows := &mapping.Statement{Table: &owned, Op: mapping.Insert, Columns: []int{0, 1, 2, 3}}
	owners := &mapping.Statement{Table: &owned, Op: mapping.Update, Columns: []int{4, 2}}
	ownerless := &mapping.Statement{Table: &owned, Op: mapping.DeleteColumns, Columns: []int{2}, Deleted: []int{4}}
	p := &mapping.Program{Write: formOf(rows, owners), Tombstone: formOf(ownerless)}
	f := newFold(Tables([]*mapping.Program{p}, func(*mapping.Table) bool { return true }), sample(1), 1<<40)
	id := value(words, []byte("a"))
	f.apply(write{stamp: 1, part: wholeLog()}, &mapping.Row{Statement: rows, Cells: []mapping.Cell{value(bigint, long(1)), value(bigint, long(2)), id, {Type: words, State: mapping.Unset}}}, false)
	f.apply(write{stamp: 2, part: wholeLog()}, &mapping.Row{Statement: owners, Cells: []mapping.Cell{value(words, []byte("o")), id}}, false)
	f.apply(write{stamp: 3, part: wholeLog()}, &mapping.Row{Statement: ownerless, Cells: []mapping.Cell{id}}, false)
	if len(f.rows) != 1 || f.unknown != 0 || !f.tables[0].Static {
		t.Fatalf("%d rows, %d writes of other kinds", len(f.rows), f.unknown)
	}
	for _, r := range f.rows {
		if v := judgeRow(r, true, []mapping.Stored{{Set: true, Data: long(2), Stamp: 1}, {}}, noon); len(v.differences) > 0 {
			t.Errorf("differences %+v", v.differences)
		}
	}
}

// What is particular to rows that were only updated.
func TestRowsThatWereOnlyUpdated(t *testing.T) {
	none := []mapping.Stored{{}, {}}
	of := func(stamp int64) write { return write{stamp: stamp, part: wholeLog()} }
	nameless := profile(adding, "ann", "")
	nameless.Cells[0].State = mapping.Tombstone
	unsaid := profile(adding, "ann", "")
	unsaid.Cells[1].State = mapping.Tombstone // a null adds nothing
	for _, tc := range []struct {
		name string
		rows []*mapping.Row
		have []mapping.Stored
	}{
		{"a row that is there by a column which the mapping does not feed", []*mapping.Row{profile(adding, "ann", ""), nameless}, none},
		{"a null that adds nothing", []*mapping.Row{profile(adding, "", "a"), unsaid}, []mapping.Stored{{Set: true, Data: []byte("ann"), Stamp: 2}, {Set: true, Data: []byte("a")}}},
	} {
		f := newFold(Tables([]*mapping.Program{{Write: formOf(adding), Tombstone: formOf()}}, func(*mapping.Table) bool { return true }), sample(1), 1<<40)
		for i, row := range tc.rows {
			f.apply(of(int64(i+1)), row, false)
		}
		if f.forgetUnwritten(); len(f.rows) != 1 {
			t.Fatalf("%s: %d rows, want the one that was written", tc.name, len(f.rows))
		}
		for _, r := range f.rows {
			if v := judgeRow(r, true, tc.have, noon); len(v.differences) > 0 {
				t.Errorf("%s: differences %+v", tc.name, v.differences)
			}
		}
	}
}

// What `delete_when` deletes counts, and at the time of its record.
func TestEveryStatementOfATableIsKnown(t *testing.T) {
	const src = `version: 1
topics:
  - topic: t
    key: {format: string}
    tables:
      - table: shop.profiles
        timestamp: value.at
        accept: [event_time_ties]
        tombstone: ignore
        delete: [tags]
        delete_when: value.gone
        columns: {id: key, name: value.name, tags: value.tags}
`
	file, found := mapping.Parse("m.yaml", []byte(src))
	if err := found.Err(); err != nil {
		t.Fatal(found)
	}
	p, found := mapping.Compile(file, 0, &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{"shop": {"profiles": profiles}}, Names: []string{"shop"}})
	if err := found.Err(); err != nil {
		t.Fatalf("%+v", found)
	}
	tables := Tables([]*mapping.Program{p}, func(*mapping.Table) bool { return true })
	statements := p.Write.Parts[0].Statements()
	if len(tables) != 1 || tables[0].odd != "" || len(statements) != 2 {
		t.Fatalf("%d tables, %d statements", len(tables), len(statements))
	}
	for _, st := range statements {
		if l := newLayout(tables, st); !l.known || !l.event || (st.Op == mapping.DeleteColumns) != (len(l.deleted) == 1) {
			t.Errorf("of %s it is known: %+v", st.Op, l)
		}
	}
}
