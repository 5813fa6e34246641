package mapping

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"ingest/retry"
)

// Unavailable is what Debezium writes in place of a value that the database did
// not tell, because it has not changed: the default of the connectors' setting
// unavailable.value.placeholder. Topic.Unavailable is another.
const Unavailable = "__debezium_unavailable_value"

// changeOp is what a Debezium event says has been done to a row.
type changeOp uint8

const (
	opNone    changeOp = iota // not an event
	opIgnored                 // nothing to do with a row
	opCreate
	opWrite // update, or read by a snapshot
	opDelete
)

// envelope is where a form finds what an event says of itself.
type envelope struct {
	op            int // slots: the text, and whether the rows are there
	after, before int
	skipTruncate  bool
	unavailable   string // the placeholder
}

// wraps are the fields of an envelope that roots stand for.
var wraps = map[Root]string{RootValue: "after", RootBefore: "before", RootSource: "source", RootOp: "op"}

// wrap makes a target find its field in an envelope.
func (e *envelope) wrap(t *Target, s *Slot) {
	root := s.Source.Root
	if name, ok := wraps[root]; ok {
		t.Path = append([]Step{{Kind: StepField, Name: name}}, t.Path...)
	}
	if root == RootValue || root == RootBefore {
		t.Unavailable = e.unavailable
	}
	t.Present = t.Slot == e.after || t.Slot == e.before
}

// ofEnvelope reports whether a source stands in an envelope beside the value.
func (s *Source) ofEnvelope() bool {
	return s.Root == RootBefore || s.Root == RootSource || s.Root == RootOp || s.Root == RootEnvelope
}

// payload gives the root of the payload that a source is read from: the key, the
// value, or itself.
func (s *Source) payload() Root {
	if s.ofEnvelope() {
		return RootValue
	}
	return s.Root
}

// isDebeziumOther reports whether a record is one that Debezium writes beside its
// envelopes: heartbeats, the borders of transactions, changes of the schema, and
// messages of the database's log.
func isDebeziumOther(record string) bool {
	if !strings.HasPrefix(record, "io.debezium.connector.") {
		return false
	}
	return slices.Contains([]string{"Heartbeat", "TransactionMetadataValue", "SchemaChangeValue", "MessageValue"}, record[strings.LastIndexByte(record, '.')+1:])
}

var (
	errNoEnvelope = errors.New("it is no Debezium event: it has no op")
	errOp         = errors.New("it is none of the operations that are known")
	errTruncate   = errors.New("the source's table was truncated, and the rows here stay: truncate the table, or say `truncate: ignore`")
	errNoAfter    = errors.New("the event does not hold the row after the change")
	errNoBefore   = errors.New("the event does not hold it before the change: the source's table needs REPLICA IDENTITY FULL (PostgreSQL) or a full row image")
)

// read gives what an event does. Its error is the poison of all tables.
func (e *envelope) read(frame *Frame) (changeOp, error) {
	op := &frame.Cells[e.op]
	if op.State != Value {
		return 0, &retry.Poison{Reason: retry.ReasonSchema, Path: "op", Err: errNoEnvelope}
	}
	switch string(op.Data) {
	case "d":
		return opDelete, nil
	case "m", "n", "cmd": // messages, no-ops and commands
		return opIgnored, nil
	case "t":
		if e.skipTruncate {
			return opIgnored, nil
		}
		return 0, &retry.Poison{Reason: retry.ReasonTruncate, Path: "op", Err: errTruncate}
	case "c", "r", "u":
	default:
		return 0, &retry.Poison{Reason: retry.ReasonValue, Path: "op", Err: errOp}
	}
	if frame.Cells[e.after].State != Value {
		return 0, &retry.Poison{Reason: retry.ReasonValue, Path: "value", Err: errNoAfter}
	}
	if op.Data[0] == 'c' {
		return opCreate, nil
	}
	return opWrite, nil
}

// change is how a part deletes the row that an event says was there before.
type change struct {
	Part
	keys   []int // positions in the writing statement's columns of the primary key
	before []int // those of its own columns that the row before the change feeds
}

func (c *change) moved(by int) *change {
	out := *c
	out.First += by
	out.event = out.event.moved(by)
	return &out
}

// changeRows appends what an event does to a table: it writes the row after the
// change, and deletes the one before it where that has another primary key.
func (f *Form) changeRows(p *Part, in rowIn, b *Buffer) error {
	c := p.change
	old, known := in.frame.Cells[c.First:], in.frame.Cells[f.envelope.before].State == Value
	if in.op == opDelete {
		if !known && len(c.before) > 0 {
			s := &f.Slots[c.First+c.before[0]]
			return &retry.Poison{Reason: retry.ReasonNullKey, Table: c.table(), Column: s.Column, Path: s.Source.String(), Err: errNoBefore}
		}
		return f.row(&c.Part, in, old, 0, b)
	}
	cells := in.frame.Cells[p.First:]
	if err := f.row(p, in, cells, 0, b); err != nil {
		return err
	}
	if !known || !f.moves(p, cells, old) {
		return nil
	}
	return f.row(&c.Part, in, old, 0, b)
}

// moves reports whether the row before a change has another primary key than the
// one after it. One without a primary key was never written. The row after the
// change is not finished where `when` or `delete_when` decided about it.
func (f *Form) moves(p *Part, cells, old []Cell) bool {
	c, differs := p.change, false
	for i, at := range c.keys {
		f.Slots[c.First+i].settle(&old[i], opWrite)
		f.Slots[p.First+at].settle(&cells[at], opWrite)
		switch old[i].State {
		case Value:
		case Bad: // which its row will say
			return true
		default:
			return false
		}
		differs = differs || !bytes.Equal(old[i].Data, cells[at].Data)
	}
	return differs
}
