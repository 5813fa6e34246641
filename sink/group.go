package sink

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// caps bound a batch. A single row is never split, so a row above a cap makes a
// batch of its own.
type caps struct {
	rows        int
	bytes       int // of a batch with several partitions, in mutation bytes
	singleBytes int // of a batch with one partition, in mutation bytes
	partitions  int
}

// batch is a set of rows that share a consistency level and a replica set.
type batch struct {
	rows  []*mapping.Row
	level gocql.Consistency
	set   int32 // number of the replica set that holds all its partitions
}

// placer says where the partitions of a keyspace are.
type placer interface{ keyspace(name string) locator }

// locator gives the number of the replica set that holds a token.
type locator interface{ set(token int64) int32 }

// grouper turns rows into batches. It is a pure function of its arguments; the
// struct only keeps memory for the next call. Not for concurrent use.
type grouper struct {
	statements []statementKey
	last       int // of statements, the one of the row before
	groups     []group
	next       []int32 // by row: the group's next row, -1 at its end
	sizes      []int   // by row: what the server will count for it
	slots      []int32 // open addressing: group + 1 by hash, 0 is free
	pieces     []piece
	packs      []pack
}

// statementKey is what rows of one statement have in common.
type statementKey struct {
	statement *mapping.Statement
	table     *mapping.Table
	level     gocql.Consistency
	place     locator
	sizing    sizing
	alone     bool
}

// group is the rows of one partition of one table at one consistency level.
type group struct {
	table      *mapping.Table
	token      int64
	level      gocql.Consistency
	alone      bool
	set        int32
	head, tail int32
	rows       int32
}

// group makes the batches. Rows are grouped by consistency level, table and
// partition; the groups of one replica set are then packed together until a cap
// is reached. A partition's rows stay in as few batches as the caps permit, in
// the order given. Each row is in exactly one batch.
func (g *grouper) group(rows []mapping.Row, c caps, place placer, level func(*mapping.Statement) (gocql.Consistency, error)) ([]batch, error) {
	g.reset(len(rows))
	for i := range rows {
		if err := g.add(rows, i, place, level); err != nil {
			return nil, err
		}
	}
	g.sort()
	p := packer{caps: c, g: g, rows: rows, order: make([]*mapping.Row, 0, len(rows))}
	for i := range g.groups {
		p.add(&g.groups[i])
	}
	p.flush()
	return p.batches, nil
}

func (g *grouper) reset(rows int) {
	g.statements, g.last = g.statements[:0], 0
	g.groups, g.pieces, g.packs = g.groups[:0], g.pieces[:0], g.packs[:0]
	g.next = slices.Grow(g.next[:0], rows)[:rows]
	g.sizes = slices.Grow(g.sizes[:0], rows)[:rows]
	size := 16
	for size < 2*rows {
		size *= 2
	}
	g.slots = slices.Grow(g.slots[:0], size)[:size]
	clear(g.slots)
}

// add puts one row into its group.
func (g *grouper) add(rows []mapping.Row, i int, place placer, level func(*mapping.Statement) (gocql.Consistency, error)) error {
	r := &rows[i]
	s, err := g.key(r.Statement, place, level)
	if err != nil {
		return err
	}
	t := token(r.Routing)
	slot := g.find(rows, r, s, t)
	if g.slots[slot] == 0 {
		g.groups = append(g.groups, group{table: s.table, token: t, level: s.level, alone: s.alone, set: s.place.set(t), head: int32(i), tail: int32(i)})
		g.slots[slot] = int32(len(g.groups))
	}
	into := &g.groups[g.slots[slot]-1]
	if into.rows > 0 {
		g.next[into.tail] = int32(i)
	}
	g.next[i] = -1
	g.sizes[i] = s.sizing.mutationSize(r)
	into.tail = int32(i)
	into.rows++
	return nil
}

// key finds what a statement stands for; runs of rows have few statements.
func (g *grouper) key(st *mapping.Statement, place placer, level func(*mapping.Statement) (gocql.Consistency, error)) (*statementKey, error) {
	for i := range g.statements {
		at := (g.last + i) % len(g.statements)
		if g.statements[at].statement == st {
			g.last = at
			return &g.statements[at], nil
		}
	}
	l, err := level(st)
	if err != nil {
		return nil, err
	}
	g.statements = append(g.statements, statementKey{
		statement: st, table: st.Table, level: l, place: place.keyspace(st.Table.Keyspace), sizing: sizingOf(st), alone: st.Alone(),
	})
	g.last = len(g.statements) - 1
	return &g.statements[g.last], nil
}

// find gives the slot of the row's group, or the free one where it belongs.
func (g *grouper) find(rows []mapping.Row, r *mapping.Row, s *statementKey, t int64) int {
	mask := len(g.slots) - 1
	at := int(uint64(t)>>32^uint64(t)) & mask
	for g.slots[at] != 0 {
		other := &g.groups[g.slots[at]-1]
		if other.token == t && other.table == s.table && other.level == s.level && other.alone == s.alone &&
			bytes.Equal(rows[other.head].Routing, r.Routing) {
			break
		}
		at = (at + 1) & mask
	}
	return at
}

// sort brings groups together that may share a batch, and keeps the order in
// which they came otherwise.
func (g *grouper) sort() {
	byPlace := func(a, b group) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.set, b.set), cmp.Compare(a.head, b.head))
	}
	if !slices.IsSortedFunc(g.groups, byPlace) {
		slices.SortFunc(g.groups, byPlace)
	}
}
