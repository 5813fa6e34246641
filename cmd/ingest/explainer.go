package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ingest/mapping"
	"ingest/mapping/literal"
	"ingest/mapping/registry"
	"ingest/pipeline"
	"ingest/retry"
	"ingest/sink"
)

// explainer says what one record of a topic would write.
type explainer struct {
	program  *mapping.Program
	file     *mapping.File
	now      time.Time
	replicas func(*mapping.Row) []string // nil: no cluster is known
}

// explain maps the record twice: as a worker does, and without what the mapping
// puts in place of nulls and of what is absent, to say where values come from.
func (x *explainer) explain(ctx context.Context, client *registry.Client, rec *sample) (*explanation, error) {
	stamp := x.stamp(rec)
	var rows, bare mapping.Buffer
	if err := registry.NewMapper(x.program, client).Map(ctx, &rec.Record, stamp, 0, &rows); err != nil {
		return nil, err
	}
	if err := registry.NewMapper(x.program.Unsettled(), client).Map(ctx, &rec.Record, stamp, 0, &bare); err != nil {
		return nil, err
	}
	out := describeRecord(rec)
	out.Notes = x.notes(rec)
	for i := range rows.Poison {
		if p := poisonOf(rows.Poison[i].Err); p.Table == "" {
			out.Poison = p
			return out, nil
		}
	}
	form := x.program.Write
	if rec.Value == nil {
		form = x.program.Tombstone
	}
	for i := range form.Parts {
		shares, err := x.part(form, &form.Parts[i], rec, &rows, &bare)
		if err != nil {
			return nil, err
		}
		out.Tables = append(out.Tables, shares...)
	}
	if rec.Value == nil {
		out.Tables = append(out.Tables, x.ignored()...)
	}
	return out, nil
}

// stamp gives the write timestamp of a partition's first record.
func (x *explainer) stamp(rec *sample) int64 {
	clock := pipeline.Clock{Floor: x.file.Floor, Generation: int64(x.file.Generation)}
	return clock.Stamp(clock.Tick(rec.Timestamp))
}

// part tells of one table: its rows, or why there is none.
func (x *explainer) part(form *mapping.Form, part *mapping.Part, rec *sample, rows, bare *mapping.Buffer) ([]tableShare, error) {
	name := part.Table()
	var shares []tableShare
	for _, writer := range part.Writers() {
		said, own := rowsOf(bare, writer.Statement), rowsOf(rows, writer.Statement)
		for i, row := range own {
			var by *mapping.Row
			if len(said) == len(own) { // else a row among them is poison, and nothing says which
				by = said[i]
			}
			share, err := x.row(form, writer, rec, row, by)
			if err != nil {
				return nil, err
			}
			shares = append(shares, *share)
		}
	}
	for i := range rows.Poison {
		if p := poisonOf(rows.Poison[i].Err); p.Table == name {
			rows.Poison = slices.Delete(rows.Poison, i, i+1) // another entry may be about the same table
			return append(shares, tableShare{Table: name, Outcome: outcomePoison, Poison: p}), nil
		}
	}
	if len(shares) > 0 {
		return shares, nil
	}
	return []tableShare{{Table: name, Outcome: outcomeSkip, Reason: cmp.Or(form.Skips(part), "the mapping takes no row of it from the record")}}, nil
}

// ignored tells of the tables that a null value does nothing to.
func (x *explainer) ignored() []tableShare {
	told := map[string]bool{}
	for i := range x.program.Tombstone.Parts {
		told[x.program.Tombstone.Parts[i].Table()] = true
	}
	var shares []tableShare
	for i := range x.program.Write.Parts {
		if name := x.program.Write.Parts[i].Table(); !told[name] {
			shares = append(shares, tableShare{Table: name, Outcome: outcomeSkip, Reason: "the value is null, and the mapping ignores that here"})
		}
	}
	return shares
}

func rowsOf(b *mapping.Buffer, st *mapping.Statement) []*mapping.Row {
	var found []*mapping.Row
	for i := range b.Rows {
		if b.Rows[i].Statement == st {
			found = append(found, &b.Rows[i])
		}
	}
	return found
}

func poisonOf(err error) *poisonView {
	p, ok := errors.AsType[*retry.Poison](err)
	if !ok {
		return &poisonView{Message: err.Error()}
	}
	v := &poisonView{Class: string(p.Reason), Table: p.Table, Column: p.Column, Path: p.Path}
	if p.Err != nil {
		v.Message = p.Err.Error()
	}
	return v
}

// row tells of one row. said is what the record says of it by itself, nil when that
// is not known.
func (x *explainer) row(form *mapping.Form, part *mapping.Part, rec *sample, row, said *mapping.Row) (*tableShare, error) {
	how, err := sink.Explain(row, x.now)
	if err != nil {
		return nil, fmt.Errorf("writing the CQL for %s: %w", part.Table(), err)
	}
	st := row.Statement
	share := &tableShare{Table: st.Table.FullName(), Outcome: outcomeRow, CQL: how.CQL, Operation: st.Op.String(),
		TTL: cmp.Or(st.TTL, row.TTL), TTLLeft: how.TTL,
		Consistency: st.Consistency, Token: how.Token}
	if st.Stamped() {
		share.WriteTimestamp, share.TimestampFrom = row.Timestamp, x.timestampFrom(form, part, rec, row.Timestamp)
	}
	if st.TTL == 0 && row.TTL == 0 && st.Op == mapping.Insert && st.Custom == nil {
		share.TableTTL = st.Table.DefaultTTL
	}
	if x.replicas != nil {
		share.Replicas = x.replicas(row)
	}
	for i := range row.Cells {
		bound := boundColumn{Column: st.Name(i), Type: st.TypeOf(i).String(), From: form.Slots[part.First+i].Source.String()}
		if err := bound.take(&row.Cells[i], said, i); err != nil {
			return nil, fmt.Errorf("column %q of %s: %w", bound.Column, share.Table, err)
		}
		share.Columns = append(share.Columns, bound)
	}
	return share, nil
}

// take says what is bound, and why where the record itself gives no value.
func (b *boundColumn) take(c *mapping.Cell, said *mapping.Row, at int) error {
	var why string
	if said != nil {
		switch said.Cells[at].State {
		case mapping.Unset, mapping.Absent:
			why = "absent"
		case mapping.Tombstone, mapping.Null:
			why = "null"
		}
	}
	switch c.State {
	case mapping.Value:
		text, err := literal.Of(c.Type, c.Data)
		if err != nil {
			return err
		}
		b.Bound, b.Value = "value", text
		if why != "" {
			b.Bound = "default"
		}
	case mapping.Null:
		b.Bound = "null"
	case mapping.Tombstone:
		b.Bound = "tombstone"
	default:
		b.Bound = "unset"
	}
	b.Record = why
	return nil
}

// timestampFrom says where a row's write timestamp comes from.
func (x *explainer) timestampFrom(form *mapping.Form, part *mapping.Part, rec *sample, stamp int64) string {
	from := ""
	switch {
	case part.EventTime():
		from = form.Slots[part.First+len(part.Statement.Columns)].Source.String()
	case x.timed(rec, stamp):
		from = "the record's timestamp; its partition's clock raises it where records before are not older"
	case x.file.Floor > 0:
		from = "the floor of the mapping file; the partition's clock raises it for each record before"
	default:
		from = "no usable timestamp of the record; the partition's clock counts on from the record before, here from 0"
	}
	if x.file.Generation > 0 {
		from += fmt.Sprintf("; generation %d is added", x.file.Generation)
	}
	return from
}

// notes says what is particular about the record.
func (x *explainer) notes(rec *sample) []string {
	ahead := time.UnixMilli(rec.Timestamp).Sub(x.now)
	if x.file.MaxFuture > 0 && ahead > x.file.MaxFuture && x.timed(rec, x.stamp(rec)) {
		return []string{fmt.Sprintf("the record is dated %v ahead of now: a worker holds its partition until it is no more than max_future (%v) ahead", ahead.Round(time.Second), x.file.MaxFuture)}
	}
	return nil
}

// timed reports whether a write timestamp is the record's own.
func (x *explainer) timed(rec *sample, stamp int64) bool {
	return rec.Timestamp > 0 && stamp-int64(x.file.Generation) == rec.Timestamp*1000
}
