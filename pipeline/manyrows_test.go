package pipeline

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"ingest/mapping"
	"ingest/retry"
)

// manyRows gives each record very many rows, of two tables in turn.
type manyRows struct {
	rows   int
	tables [2]*mapping.Statement
}

func newManyRows(rows int) *manyRows {
	m := &manyRows{rows: rows}
	for i := range m.tables {
		m.tables[i] = &mapping.Statement{Table: &mapping.Table{Keyspace: "ks", Name: fmt.Sprint("t", i)}}
	}
	return m
}

func (m *manyRows) Map(_ context.Context, r *mapping.Record, stamp int64, record int32, b *mapping.Buffer) error {
	for i := range m.rows {
		b.Rows = append(b.Rows, mapping.Row{Statement: m.tables[2*i/m.rows], Routing: r.Key, Timestamp: stamp, Record: record})
	}
	return nil
}

// counting is a sink that counts the rows of each hand-over and refuses some.
type counting struct {
	handed  []int
	rows    int
	refuses bool
}

func (s *counting) Write(_ context.Context, rows []mapping.Row, done func([]*mapping.Row, error)) error {
	s.handed = append(s.handed, len(rows))
	for i := range rows {
		s.rows++
		var err error
		if s.refuses {
			err = &retry.Poison{Reason: retry.ReasonRejected, Table: rows[i].Statement.Table.FullName(), Err: errors.New("no")}
		}
		done([]*mapping.Row{&rows[i]}, err)
	}
	return nil
}

// TestRecordsOfManyRowsAreHandedOverApart: what a lane holds is bounded by rows too.
func TestRecordsOfManyRowsAreHandedOverApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const records, each = 20, chunkRows / 3
		b := newBroker(t, 1)
		values := make([]string, records)
		for i := range values {
			values[i] = fmt.Sprint("v", i)
		}
		b.produce(0, 1_700_000_000_000, values...)
		sink := &counting{}
		w := b.start(sink, &drawer{}, func(d *Deps) { d.Topics[testTopic] = Topic{Mapper: newManyRows(each)} })
		eventually(t, "everything is committed", func() bool { at, _ := b.commit(0); return at == records })
		_ = w.stop()
		if sink.rows != records*each {
			t.Errorf("%d rows of %d", sink.rows, records*each)
		}
		for _, n := range sink.handed {
			if n > chunkRows+each {
				t.Errorf("%d rows handed over at once", n)
			}
		}
	})
}

// TestALetterOfManyFailuresStaysSmall and still names every table.
func TestALetterOfManyFailuresStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a")
		letters := &drawer{}
		w := b.start(&counting{refuses: true}, letters, func(d *Deps) { d.Topics[testTopic] = Topic{Mapper: newManyRows(1000)} })
		eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		_ = w.stop()
		failures := letters.letters[0].Failures
		tables := map[string]bool{}
		for _, f := range failures {
			tables[f.Table] = true
		}
		if len(failures) > maxFailures+1 || len(tables) != 2 {
			t.Errorf("%d failures of tables %v", len(failures), tables)
		}
	})
}
