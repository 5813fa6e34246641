package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/pipeline"
	"ingest/retry"
)

// errAllTouched ends a look beyond the commits that has seen enough.
var errAllTouched = errors.New("records beyond the commits are about every row")

// markBeyond marks the fold's rows that records beyond the commits are about. It
// reads up to the present end of the log, or until all are marked.
func (r *reader) markBeyond(ctx context.Context) error {
	ends, err := listed(r.admin.ListCommittedOffsets(ctx, r.names()...))
	if err != nil {
		return fmt.Errorf("asking for the ends of the topics: %w", err)
	}
	for at := range ends {
		if r.parts[at] == nil {
			delete(ends, at) // a partition that was added just now
		}
	}
	left := len(r.fold.rows)
	_, err = r.read(ctx, PhaseBeyond, ends, func(rec *kgo.Record) error {
		if rec.Attrs.IsControl() {
			return nil
		}
		err := r.rows(ctx, rec, r.parts[topicPartition{rec.Topic, rec.Partition}], 0, func(_ write, m *mapping.Row) {
			if _, _, row := r.fold.find(m); row != nil && !row.touched {
				row.touched = true
				left--
			}
		})
		if err == nil && left == 0 {
			err = errAllTouched
		}
		return err
	})
	if errors.Is(err, errAllTouched) {
		return nil
	}
	return err
}

// take folds one record.
func (r *reader) take(ctx context.Context, rec *kgo.Record) error {
	p := r.parts[topicPartition{rec.Topic, rec.Partition}]
	stamp, ok := p.advance(rec)
	r.report.Records++
	if !ok || rec.Offset < p.foldFrom {
		return nil
	}
	tables, lettered := r.letters[Place{rec.Topic, rec.Partition, rec.Offset}]
	err := r.rows(ctx, rec, p, stamp, func(w write, m *mapping.Row) {
		r.fold.apply(w, m, lettered && failed(tables, m.Statement.Table.FullName()))
	})
	if r.report.Passes == 1 { // those of the others are the same records
		if lettered {
			r.report.Lettered++
		}
		if err == nil && r.unwritable() {
			r.report.Unwritable++
		}
	}
	return err
}

// lettered reports whether a write's record is dead-lettered for a table.
func lettered(letters map[Place][]string, w *write, table string) bool {
	if w.part == nil {
		return false
	}
	tables, ok := letters[Place{w.part.topic.Name, w.part.id, w.offset}]
	return ok && failed(tables, table)
}

// failed reports whether a dead letter is about a table: one that names none is
// about all of them.
func failed(tables []string, table string) bool {
	return len(tables) == 0 || slices.Contains(tables, table)
}

// rows maps one record.
func (r *reader) rows(ctx context.Context, rec *kgo.Record, p *partition, stamp int64, each func(write, *mapping.Row)) error {
	if r.cfg.Key != nil && !slices.Equal(r.cfg.Key, rec.Key) {
		return nil
	}
	r.buf.Reset()
	pipeline.ToRecord(&r.rec, rec)
	if err := p.topic.Mapper.Map(ctx, &r.rec, stamp, 0, &r.buf); err != nil {
		return err
	}
	w := write{stamp: stamp, part: p, offset: rec.Offset}
	for i := range r.buf.Rows {
		w.stamp = r.buf.Rows[i].Timestamp
		each(w, &r.buf.Rows[i])
	}
	return nil
}

// unwritable reports whether the mapping gives no row of the record for a table
// that is looked at.
func (r *reader) unwritable() bool {
	return slices.ContainsFunc(r.buf.Poison, func(p mapping.RowPoison) bool {
		reason, ok := errors.AsType[*retry.Poison](p.Err)
		return ok && r.looksAt(reason.Table)
	})
}

func (r *reader) looksAt(table string) bool {
	return table == "" || slices.ContainsFunc(r.deps.Tables, func(t *Table) bool { return t.FullName() == table })
}
