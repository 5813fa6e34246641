package mapping

import (
	"errors"
	"math"
	"time"

	"github.com/expr-lang/expr/vm"

	"ingest/retry"
)

// evaluator is what expressions run in. Its memory is used again.
type evaluator struct {
	env     map[string]any
	record  bool // env holds the inputs that all items of the record share
	row     bool // and those of the row that is evaluated
	budget  budget
	machine vm.VM
}

// begin is for the rows of another record or part.
func (ev *evaluator) begin() {
	ev.record = false
	ev.budget = budget{}
}

// verdict is what the expressions of a part say of a row.
type verdict struct {
	skip, remove bool
	ttl          int32
}

// evaluate runs the expressions of a part for a record or an item: its conditions,
// and then those of what it writes.
func (f *Form) evaluate(p *Part, in rowIn, cells []Cell, item int) (v verdict, err error) {
	x := p.formulas
	ev := &in.frame.evaluator
	ev.row = false
	if item == 0 {
		ev.begin()
	}
	if x.when != nil {
		holds, err := f.condition(p, x.when, in, cells, item)
		if err != nil || !holds {
			return verdict{skip: true}, err
		}
	}
	if x.remove != nil {
		if v.remove, err = f.condition(p, &x.remove.eval, in, cells, item); err != nil {
			return v, err
		}
	}
	for i := range x.evals {
		e := &x.evals[i]
		if slot := &f.Slots[p.First+e.place]; v.remove && !slot.Key && !slot.event {
			continue
		}
		if err := f.compute(p, e, in, cells, item); err != nil {
			return v, err
		}
	}
	if x.ttl != nil && !v.remove {
		v.ttl, err = f.life(p, x.ttl, in, cells, item)
	}
	return v, err
}

// load reads the inputs of a part's expressions: those of the record once for all
// of its items, those of an item once for all of its row.
func (ev *evaluator) load(x *formulas, cells []Cell) {
	if ev.row {
		return
	}
	all := !ev.record
	ev.row, ev.record = true, true
	if ev.env == nil {
		ev.env = map[string]any{}
	}
	if all {
		clear(ev.env)
	}
	for i, name := range x.names {
		if !all && !x.ofItem[i] {
			continue
		}
		ev.env[name] = nil
		if c := &cells[x.first+i]; c.State == Value {
			r := dynamicReader{c.Data}
			ev.env[name] = r.value()
		}
	}
}

// value runs one expression; its error is the poison of the row.
func (f *Form) value(p *Part, e *eval, in rowIn, cells []Cell, item int) (any, error) {
	for _, place := range e.inputs {
		if cells[place].State == Bad {
			poison := f.faulty(retry.ReasonValue, p, p.First+place, in.frame, item)
			poison.Column = e.column(f, p)
			return nil, poison
		}
	}
	ev := &in.frame.evaluator
	ev.load(p.formulas, cells)
	out, err := e.expr.run(&ev.machine, &ev.budget, ev.env)
	if err != nil {
		return nil, f.failed(p, e, err)
	}
	return out, nil
}

// failed is the poison of an expression that gives nothing to write.
func (f *Form) failed(p *Part, e *eval, err error) *retry.Poison {
	reason := retry.ReasonValue
	if e.place >= 0 && f.Slots[p.First+e.place].event {
		reason = retry.ReasonEventTime
	}
	return &retry.Poison{Reason: reason, Table: p.Statement.Table.FullName(), Column: e.column(f, p), Path: e.path(), Err: err}
}

func (e *eval) path() string {
	if e.what != "" {
		return e.what + ": " + e.expr.Text
	}
	return e.expr.Text
}

func (e *eval) column(f *Form, p *Part) string {
	if e.place < 0 {
		return ""
	}
	return f.Slots[p.First+e.place].Column
}

func (f *Form) condition(p *Part, e *eval, in rowIn, cells []Cell, item int) (bool, error) {
	if e.expr.quick != nil {
		if holds, known := e.expr.quick.holds(cells, e.inputs); known {
			return holds, nil
		}
	}
	out, err := f.value(p, e, in, cells, item)
	if err != nil {
		return false, err
	}
	holds, err := truth(out)
	if err != nil {
		return false, f.failed(p, e, err)
	}
	return holds, nil
}

// compute puts the result of an expression into its cell.
func (f *Form) compute(p *Part, e *eval, in rowIn, cells []Cell, item int) error {
	out, err := f.value(p, e, in, cells, item)
	if err != nil {
		return err
	}
	c := &cells[e.place]
	if out == nil {
		*c = Cell{State: e.nothing(cells)}
		return nil
	}
	start := len(in.frame.Arena)
	arena, err := e.result.append(in.frame.Arena, out)
	if err == nil && len(arena)-start > maxExprBytes {
		err = errBytes
	}
	if err != nil {
		return f.failed(p, e, err)
	}
	in.frame.Arena = arena
	*c = Cell{State: Value, Data: arena[start:len(arena):len(arena)]}
	return nil
}

// nothing is what an expression gives that gives null, as a path would: absent where
// something that it names is absent and nothing is null.
func (e *eval) nothing(cells []Cell) State {
	state := Null
	for _, place := range e.inputs {
		switch cells[place].State {
		case Null:
			return Null
		case Absent:
			state = Absent
		}
	}
	return state
}

var errTTL = errors.New("a ttl is a whole number of seconds, or a text or duration such as 30d, from 1 s to 630720000 s (20 years)")

// life gives the seconds that a row lives, 0 for ever.
func (f *Form) life(p *Part, e *eval, in rowIn, cells []Cell, item int) (int32, error) {
	out, err := f.value(p, e, in, cells, item)
	if err != nil || out == nil {
		return 0, err
	}
	seconds := int64(math.MinInt64)
	switch v := out.(type) {
	case int64:
		seconds = v
	case time.Duration:
		seconds = int64(v / time.Second)
	case string:
		if n, ok := parseSeconds(v); ok {
			seconds = n
		}
	}
	if seconds < 1 || seconds > MaxTTL {
		return 0, f.failed(p, e, errTTL)
	}
	return int32(seconds), nil
}
