package mapping

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"

	"ingest/retry"
)

// Program is one topic's mapping, compiled against the live tables. It is
// immutable: a changed table or file makes a new one.
type Program struct {
	Topic Topic
	// Write is for records with a value, Tombstone for those without.
	Write, Tombstone *Form
	file             string // what diagnostics call the mapping file
}

// FileName gives what diagnostics call the mapping file.
func (p *Program) FileName() string { return p.file }

// Form says how one kind of record becomes rows.
type Form struct {
	Slots    []Slot
	Parts    []Part
	envelope *envelope // nil: values are what they are
	dispatch *dispatch // nil: no part is for some records only
}

// Part is one table's share of a form.
type Part struct {
	Statement *Statement // nil: Refuse says why there is none
	First     int        // the table's first slot; its slots are in the order of Statement.Columns
	Refuse    *retry.Poison
	event     *eventTime   // nil: rows are stamped by the partition's clock
	records   []RecordName // empty: every record
	each      *each        // nil: one row for each record
	change    *change      // of Debezium's envelopes; nil for others
	wide      bool         // records delete whole partitions
	formulas  *formulas    // nil: the part has no expression
	keyless   bool         // of Examine: nothing feeds a column of the primary key
}

// EventTime reports whether the part's rows are stamped with a time that the record
// gives, and not with the partition's clock.
func (p *Part) EventTime() bool { return p.event != nil }

// Slot is one column to fill.
type Slot struct {
	Source  Source
	Column  string // empty: the slot is the write timestamp
	Type    *Type
	Key     bool   // part of the primary key: null and absent are poison
	where   bool   // says what is written and not with which value: the key, and places within a statement of `cql:`
	bind    *bound // not nil: a bind of `cql:`
	event   bool   // no column: the write timestamp of the part's rows
	old     bool   // of the row that a Debezium event replaces or deletes
	each    bool   // no column: what for_each goes through
	input   bool   // no column: what an expression names
	records []RecordName
	Default Cell // Absent when the mapping gives none
	Nulls   Nulls
	place   placer // of item_index and item_key; nil for others
	fill    filler // of headers and meta; nil for key, value and constants
	at      Pos    // of what feeds it, in the mapping file
}

// filler puts what a record says outside of its key and value into a slot.
type filler func(r *Record, f *Frame, slot int) error

// Nulls says what a null from the source becomes.
type Nulls uint8

// The choices of `nulls:`.
const (
	NullsUnset Nulls = iota
	NullsTombstone
	NullsDefault
	// NullsChange is that of Debezium's envelopes: a null deletes what is in the
	// column, unless the row is new.
	NullsChange
)

// Target asks a decoder to fill one slot.
type Target struct {
	Slot  int
	Path  []Step
	Loose bool // see Source.Loose
	Type  *Type
	Unit  Unit
	// Records are the only records whose values have the path; empty: all.
	Records []RecordName
	Each    *Each // not nil: the slot is for the items of an array or map
	Present bool  // the slot tells whether there is a record: it gets a value of no bytes
	// Unavailable is Debezium's placeholder: a value that is it leaves the slot
	// Unset. "": none is.
	Unavailable string
}

// Decoder fills the slots it was compiled for from one payload. It is safe for
// use by several goroutines. An error means that nothing of the payload can be
// used; a value that does not fit its column is a Fault of the frame instead.
type Decoder interface {
	Decode(payload []byte, f *Frame) error
}

// Targets gives what the form wants from a record's key or value.
func (f *Form) Targets(root Root) []Target {
	var targets []Target
	for i := range f.Slots {
		s := &f.Slots[i]
		if s.Source.payload() == root {
			targets = append(targets, f.target(i))
		}
	}
	return targets
}

func (f *Form) target(slot int) Target {
	s := &f.Slots[slot]
	t := Target{Slot: slot, Path: s.Source.Path, Loose: s.Source.Loose, Type: s.Type, Unit: s.Source.Unit}
	if s.Source.payload() == RootValue { // a key has no record of those names
		t.Records = s.records
	}
	if s.each {
		t.Each = f.eachOf(slot)
	}
	if f.envelope != nil {
		f.envelope.wrap(&t, s)
	}
	return t
}

// Rows turns a filled frame into rows: headers, meta and constants are added,
// defaults and nulls resolved, and each table gives one row or one poison. Rows
// are stamped with stamp, in microseconds since 1970, but for those of tables whose
// mapping takes the write timestamp from the record.
func (f *Form) Rows(r *Record, frame *Frame, stamp int64, record int32, b *Buffer) {
	if f.envelope != nil && isDebeziumOther(frame.Record) {
		return
	}
	if !f.takes(frame.Record) {
		f.unmatched(frame.Record, record, b)
		return
	}
	for i := range f.Slots {
		if fill := f.Slots[i].fill; fill != nil {
			if err := fill(r, frame, i); err != nil {
				frame.Fail(i, err)
			}
		}
	}
	in := rowIn{Record: r, frame: frame, stamp: stamp, number: record}
	if f.envelope != nil {
		var err error
		if in.op, err = f.envelope.read(frame); err != nil {
			b.Poison = append(b.Poison, RowPoison{Record: record, Err: err})
			return
		}
		if in.op == opIgnored {
			return
		}
	}
	for i := range f.Parts {
		p := &f.Parts[i]
		if !p.takes(frame.Record) {
			continue
		}
		if err := f.rows(p, in, b); err != nil {
			b.Poison = append(b.Poison, RowPoison{Record: record, Err: err})
		}
	}
}

// rowIn is the record that rows are made of.
type rowIn struct {
	*Record
	frame  *Frame
	stamp  int64 // of the partition's clock
	number int32 // of the record, in its run
	op     changeOp
}

// rows appends one table's rows; its error is the poison that prevents them.
func (f *Form) rows(p *Part, in rowIn, b *Buffer) error {
	switch {
	case p.Refuse != nil:
		return p.Refuse
	case p.each != nil:
		return f.eachRow(p, in, b)
	case p.change != nil:
		return f.changeRows(p, in, b)
	}
	return f.row(p, in, in.frame.Cells[p.First:], 0, b)
}

var errNullKey = errors.New("a primary key column must have a value")

// row appends one row, of the part's cells for the record or for the item of that
// number, unless its expressions say that there is none; its error is the poison
// that prevents it.
func (f *Form) row(p *Part, in rowIn, cells []Cell, item int, b *Buffer) error {
	st, stamp := p.Statement, in.stamp
	said := verdict{ttl: st.TTL}
	var err error
	if p.formulas != nil {
		if said, err = f.evaluate(p, in, cells, item); err != nil || said.skip {
			return err
		}
		if !st.RowTTL {
			said.ttl = st.TTL
		}
	}
	if p.event != nil {
		if stamp, err = f.eventStamp(p, in, cells, item); err != nil {
			return err
		}
	}
	if said.remove {
		return f.removal(p, in, cells, item, stamp, b)
	}
	cells = cells[:len(st.Columns):len(st.Columns)]
	size, writes := rowOverhead, st.writesAlways()
	slots := f.Slots[p.First : p.First+len(cells)]
	for i := range cells {
		c := &cells[i]
		if c.Type = slots[i].Type; c.State != Value { // what has a value is finished, which most are
			if err := f.finish(p, i, c, in, item); err != nil {
				return err
			}
		}
		writes = writes || !slots[i].where && c.State != Unset
		size += cellOverhead + len(c.Data)
	}
	if !writes {
		return nil // every value is unset, so that there is nothing to update
	}
	b.Rows = append(b.Rows, Row{Statement: st, Cells: cells, Routing: st.routing(cells, in.frame), Timestamp: stamp, TTL: said.ttl, Record: in.number, Size: int32(min(size, math.MaxInt32))})
	return nil
}

// removal appends the delete of a row.
func (f *Form) removal(p *Part, in rowIn, cells []Cell, item int, stamp int64, b *Buffer) error {
	st := p.formulas.remove.statement
	keys := in.frame.take(len(st.Columns))
	size := rowOverhead
	for i, place := range p.formulas.remove.keys {
		keys[i] = cells[place]
		if err := f.finish(p, place, &keys[i], in, item); err != nil {
			return err
		}
		size += cellOverhead + len(keys[i].Data)
	}
	b.Rows = append(b.Rows, Row{Statement: st, Cells: keys, Routing: st.routing(keys, in.frame), Timestamp: stamp, Record: in.number, Size: int32(min(size, math.MaxInt32))})
	return nil
}

// finish makes the cell of a slot what is bound; its error is poison.
func (f *Form) finish(p *Part, place int, c *Cell, in rowIn, item int) error {
	slot := &f.Slots[p.First+place]
	c.Type = slot.Type
	if c.State != Value {
		slot.settle(c, in.op)
	}
	switch {
	case c.State == Bad:
		return f.faulty(retry.ReasonValue, p, p.First+place, in.frame, item)
	case slot.Key && c.State != Value:
		return slot.nothing(p, errNullKey)
	case slot.bind != nil && c.State != Value:
		return slot.bindNothing(p, c)
	}
	return nil
}

// nothing is the poison of a slot that needs a value.
func (s *Slot) nothing(p *Part, why error) error {
	return &retry.Poison{Reason: retry.ReasonNullKey, Table: p.Statement.Table.FullName(), Column: s.Column, Path: s.Source.String(), Err: why}
}

// settle decides what a cell without a value is bound as.
func (s *Slot) settle(c *Cell, op changeOp) {
	switch c.State {
	case Absent:
		*c = s.Default
		c.Type = s.Type
		if c.State == Absent {
			c.State = Unset
		}
	case Null:
		switch {
		case s.Nulls == NullsTombstone, s.Nulls == NullsChange && op != opCreate:
			c.State = Tombstone
		case s.Nulls == NullsDefault && s.Default.State == Value:
			*c = s.Default
			c.Type = s.Type
		default:
			c.State = Unset
		}
	}
}

// slotsOf gives the slots of one part: its columns', that of its write timestamps,
// and that of its for_each.
func (f *Form) slotsOf(p *Part) []Slot {
	return f.Slots[p.First : p.First+p.size()]
}

func (p *Part) size() int {
	n := len(p.Statement.Columns)
	if p.event != nil {
		n++
	}
	if p.each != nil {
		n++
	}
	if p.change != nil {
		n += p.change.size()
	}
	if p.formulas != nil {
		n += len(p.formulas.names)
	}
	return n
}

// feeds says what a slot is for, in messages.
func (s *Slot) feeds() string {
	switch {
	case s.event:
		return eventTimeName
	case s.each:
		return "for_each"
	case s.input:
		return "an expression"
	case s.bind != nil:
		return "bind :" + s.bind.name
	}
	return "column " + strconv.Quote(s.Column)
}

// name is feeds where only columns and binds come.
func (s *Slot) name() string {
	if s.bind != nil {
		return ":" + s.bind.name
	}
	return strconv.Quote(s.Column)
}

// faulty names the fault that made a slot's cell bad.
func (f *Form) faulty(reason retry.Reason, p *Part, slot int, frame *Frame, item int) *retry.Poison {
	out := &retry.Poison{Reason: reason, Table: p.Statement.Table.FullName(), Column: f.Slots[slot].Column, Path: f.Slots[slot].Source.String()}
	for _, fault := range frame.Faults {
		if fault.Slot == slot && (fault.Item == item || fault.Item == 0) {
			out.Err = fault.Err
		}
	}
	if reason == retry.ReasonValue && out.Column != "" {
		out.Type = f.Slots[slot].Type.String()
	}
	return out
}

// routing serializes the partition key as Cassandra hashes it: one part as it
// is, several as [u16 length][bytes][0] each (CompositeType).
func (s *Statement) routing(cells []Cell, frame *Frame) []byte {
	if len(s.Routing) == 1 {
		return cells[s.Routing[0]].Data
	}
	start := len(frame.Arena)
	for _, i := range s.Routing {
		data := cells[i].Data
		frame.Arena = binary.BigEndian.AppendUint16(frame.Arena, uint16(len(data)))
		frame.Arena = append(frame.Arena, data...)
		frame.Arena = append(frame.Arena, 0)
	}
	return frame.Arena[start:len(frame.Arena):len(frame.Arena)]
}
