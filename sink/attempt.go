package sink

import (
	"context"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// attempt is the memory of one try to write some rows. It is reused after the
// try has ended: the driver has copied every value into its frame by then.
// The driver's own objects are new for each try, because they count attempts.
type attempt struct {
	pin     pin
	args    []any
	entries []gocql.BatchEntry
	longs   []boundLong
	ints    []boundInt
}

// maxKeptArgs bounds what an attempt keeps for the next.
const maxKeptArgs = 1 << 14

// text gives the cached CQL text of a statement.
type texts func(*mapping.Statement) *statementInfo

// statementInfo is what is worked out once for a statement.
type statementInfo struct {
	text   string
	mark   string // what the text ends with
	tuples bool
	made   time.Time
}

// run sends rows in one request to a node and waits for the answer.
func (a *attempt) run(ctx context.Context, session *gocql.Session, to *node, replicas []*node, level gocql.Consistency, rows []*mapping.Row, info texts, now time.Time) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{cause: p}
		}
	}()
	a.reset(len(rows))
	for _, r := range rows {
		if err := a.bind(r, info(r.Statement), now); err != nil {
			return err
		}
	}
	a.pin = pin{Context: ctx, node: to, replicas: replicas}
	if len(rows) == 1 {
		q := session.Query(a.entries[0].Stmt, a.entries[0].Args...).WithContext(&a.pin).Consistency(level)
		if rows[0].Statement.Conditional() {
			q.SerialConsistency(serial(level))
		}
		err := q.Exec()
		q.Release()
		return err
	}
	b := session.NewBatch(gocql.UnloggedBatch).WithContext(&a.pin)
	b.Entries = a.entries
	b.Cons = level
	return session.ExecuteBatch(b)
}

func (a *attempt) reset(rows int) {
	clear(a.args)
	clear(a.entries)
	if cap(a.args) > maxKeptArgs {
		a.args = nil
	}
	a.args, a.entries = a.args[:0], a.entries[:0]
	if cap(a.longs) < rows {
		// Both never grow while pointers into them are bound.
		a.longs, a.ints = make([]boundLong, 0, rows), make([]boundInt, 0, rows)
	}
	a.longs, a.ints = a.longs[:0], a.ints[:0]
}

// bind appends one row's statement with its values in the order of its markers:
// an INSERT has the timestamp and TTL last, the others have them first.
func (a *attempt) bind(r *mapping.Row, info *statementInfo, now time.Time) error {
	start := len(a.args)
	text := info.text
	if r.Statement.Custom != nil {
		a.bindCustom(r, now)
		a.entries = append(a.entries, gocql.BatchEntry{Stmt: text, Args: a.args[start:len(a.args):len(a.args)]})
		return nil
	}
	if stampFirst(r.Statement.Op) {
		a.bindUsing(r, now)
	}
	if info.tuples {
		expanded, cells, err := tupleText(r, info.mark)
		if err != nil {
			return err
		}
		text = expanded
		for _, c := range cells {
			a.bindCell(c)
		}
	} else {
		for i := range r.Cells {
			a.bindCell(operand(r, i))
		}
	}
	if !stampFirst(r.Statement.Op) {
		a.bindUsing(r, now)
	}
	a.entries = append(a.entries, gocql.BatchEntry{Stmt: text, Args: a.args[start:len(a.args):len(a.args)]})
	return nil
}

// bindUsing binds the timestamp and the TTL, as far as the statement has them.
func (a *attempt) bindUsing(r *mapping.Row, now time.Time) {
	if r.Statement.Op.Stamped() {
		a.bindTimestamp(r)
	}
	if r.Statement.TTL > 0 || r.Statement.RowTTL {
		a.bindTTL(r, now)
	}
}

func (a *attempt) bindTTL(r *mapping.Row, now time.Time) {
	a.ints = append(a.ints, boundInt{})
	ttl := &a.ints[len(a.ints)-1]
	ttl.set(rowTTL(r, now))
	a.args = append(a.args, ttl)
}

// bindTimestamp binds the row's own write timestamp, the same at every attempt:
// Invariant 6 of package pipeline.
func (a *attempt) bindTimestamp(r *mapping.Row) {
	a.longs = append(a.longs, boundLong{})
	stamp := &a.longs[len(a.longs)-1]
	stamp.set(r.Timestamp)
	a.args = append(a.args, stamp)
}

func (a *attempt) bindCell(c *mapping.Cell) {
	if c.State == mapping.Unset || c.State == mapping.Absent {
		a.args = append(a.args, gocql.UnsetValue)
		return
	}
	a.args = append(a.args, (*boundCell)(c))
}
