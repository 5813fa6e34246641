package mapping

import (
	"errors"
	"slices"

	"ingest/mapping/cql"
)

// cqlWalk goes through a statement and finds for each name its column and for each
// bind its type.
type cqlWalk struct {
	*compiler
	entry  *entry
	custom *custom
}

func (w *cqlWalk) say(offset int, hint, format string, args ...any) {
	w.fault(w.custom.place(offset), hint, format, args...)
}

// keyspace holds a statement's keyspace against the entry's.
func (w *cqlWalk) keyspace() {
	if k := w.custom.Keyspace; k.Text != "" && k.Text != w.entry.table.Keyspace {
		w.say(k.At, "leave it out: the entry says which keyspace", "the statement is about keyspace %q, and the entry about %q", k.Text, w.entry.table.Keyspace)
	}
}

// column finds a column by its name; nil when there is none.
func (w *cqlWalk) column(n cql.Name) (at int, col *Column) {
	t := w.entry.table
	if at = t.Column(n.Text); at >= 0 {
		return at, &t.Columns[at]
	}
	w.say(n.At, suggest(n.Text, columnNames(t), "it has"), "table %s has no column %q", t.FullName(), n.Text)
	return -1, nil
}

// set looks at what the statement does with one column.
func (w *cqlWalk) set(s *cql.Set) {
	at, col := w.column(s.Column)
	if col == nil {
		return
	}
	key := w.entry.table.IsKey(at)
	switch {
	case key && w.custom.Verb == cql.Insert:
		w.key(at, s.Column.At, s.Value)
		return
	case key:
		w.say(s.Column.At, "name it behind WHERE", "column %q is part of the primary key of %s, which says which row it is", col.Name, w.entry.table.FullName())
		return
	}
	w.once(at, s)
	w.custom.static = w.custom.static || col.Kind == Static
	w.custom.written = append(w.custom.written, writtenColumn{at, w.custom.place(s.Column.At)})
	switch s.Change {
	case cql.Assign, cql.Remove:
		w.whole(at, col, s)
	case cql.AssignAt, cql.RemoveAt:
		w.element(at, col, s)
	case cql.AssignField, cql.RemoveField:
		if typ := w.field(col, s.Field); typ != nil {
			w.term(s.Value, typ, at, roleValue)
		}
	default:
		w.operand(at, col, s)
	}
}

// once refuses that a column is written twice, but for elements and fields of it.
func (w *cqlWalk) once(at int, s *cql.Set) {
	part := s.Change == cql.AssignAt || s.Change == cql.RemoveAt || s.Change == cql.AssignField || s.Change == cql.RemoveField
	for _, other := range w.custom.written {
		if other.column == at && !part {
			w.say(s.Column.At, "remove one of them", "column %q is written twice", s.Column.Text)
			return
		}
	}
}

// whole is about a column that is written or emptied as a whole.
func (w *cqlWalk) whole(at int, col *Column, s *cql.Set) {
	if s.Change == cql.Remove {
		return
	}
	if col.Type.Kind == TypeCounter {
		w.say(s.Column.At, "write "+col.Name+" = "+col.Name+" + :"+col.Name, "counter %q cannot be set, only added to", col.Name)
		return
	}
	if col.Type.Kind == TypeList && !col.Type.Frozen {
		place := w.custom.place(s.Column.At)
		w.custom.whole = &place
	}
	w.term(s.Value, col.Type, at, roleValue)
}

// element is about c[k].
func (w *cqlWalk) element(at int, col *Column, s *cql.Set) {
	t := col.Type
	if !t.Cells() || t.Kind != TypeList && t.Kind != TypeMap {
		w.say(s.Column.At, "only elements of a list or map that is not frozen can be changed in place", "column %q is %s, which has no element to name", col.Name, t)
		return
	}
	w.custom.lists = w.custom.lists || t.Kind == TypeList
	key := t.Key
	if t.Kind == TypeList {
		key = scalarTypes[TypeInt]
	}
	w.term(s.Key, key, at, roleElement)
	w.term(s.Value, t.Elem, at, roleValue)
}

// field gives the type of a column's field, nil where there is none.
func (w *cqlWalk) field(col *Column, n cql.Name) *Type {
	t := col.Type
	if t.Kind != TypeUDT || t.Frozen {
		w.say(n.At, "only fields of a user-defined type that is not frozen can be changed by themselves", "column %q is %s, which has no field to name", col.Name, t)
		return nil
	}
	return w.fieldType(t, n)
}

func (w *cqlWalk) fieldType(t *Type, n cql.Name) *Type {
	at := slices.Index(t.Fields, n.Text)
	if at < 0 {
		w.say(n.At, suggest(n.Text, t.Fields, "it has"), "type %s has no field %q", t, n.Text)
		return nil
	}
	return t.Elems[at]
}

// operand is about c = c + v and the like.
func (w *cqlWalk) operand(at int, col *Column, s *cql.Set) {
	t, r := col.Type, roleOperand
	switch {
	case t.Kind == TypeCounter && s.Change != cql.Prepend:
		r = roleCount
	case t.Kind == TypeCounter, !t.Cells(), t.Kind == TypeUDT:
		w.say(s.Column.At, "compute the value in an expression under `columns:`, and write "+col.Name+" = :"+col.Name,
			"column %q is %s: only a counter, and a list, set or map that is not frozen, can be added to or taken from", col.Name, t)
		return
	case s.Change == cql.Prepend && t.Kind != TypeList:
		w.say(s.Column.At, "write "+col.Name+" = "+col.Name+" + …", "only a list has a beginning to add to, and column %q is %s", col.Name, t)
		return
	case s.Change == cql.Subtract && t.Kind == TypeMap:
		t = &Type{Kind: TypeSet, Elem: t.Key, Frozen: true}
	}
	w.custom.lists = w.custom.lists || t.Kind == TypeList
	w.term(s.Value, t, at, r)
}

// test looks at a condition.
func (w *cqlWalk) test(r *cql.Relation) {
	at, col := w.column(r.Column)
	if col == nil {
		return
	}
	if w.entry.table.IsKey(at) {
		w.say(r.Column.At, "name it behind WHERE", "column %q is part of the primary key of %s, which no condition is about", col.Name, w.entry.table.FullName())
		return
	}
	t := col.Type
	switch {
	case r.Key != nil && (t.Kind != TypeList && t.Kind != TypeMap):
		w.say(r.Column.At, "compare the column itself", "column %q is %s, which has no element to name", col.Name, t)
		return
	case r.Key != nil:
		key := t.Key
		if t.Kind == TypeList {
			key = scalarTypes[TypeInt]
		}
		w.term(r.Key, key, at, roleElement)
		t = t.Elem
	case r.Field.Text != "":
		if t.Kind != TypeUDT {
			w.say(r.Field.At, "compare the column itself", "column %q is %s, which has no field to name", col.Name, t)
			return
		}
		if t = w.fieldType(t, r.Field); t == nil {
			return
		}
	}
	kind := roleOrder
	if r.Op == "=" || r.Op == "!=" || r.Op == "IN" {
		kind = roleTest
	}
	for _, v := range r.Values {
		w.term(v, t, at, kind)
	}
}

// term finds the types of the binds within a term. t is the type that its place has,
// nil when that cannot be told.
func (w *cqlWalk) term(v *cql.Term, t *Type, column int, r role) {
	if v == nil {
		return
	}
	if t == nil && v.Hint != "" {
		t = w.hint(v.Hint, v.At)
	}
	if v.Kind == cql.BindTerm {
		w.bind(v.Bind, t, column, r)
		return
	}
	vector := v.Kind == cql.ListTerm && t != nil && t.Kind == TypeVector
	if v.Collection() && !vector && slices.ContainsFunc(v.Items, (*cql.Term).HoldsBinds) {
		w.say(v.At, "bind the whole of it, as in c = c + :elements, which an array, a map or an expression feeds", "Cassandra takes no bind inside a list, set or map that is written out")
		return
	}
	inner := rolePart
	if vector {
		inner = roleInner
	}
	for i, item := range v.Items {
		typ, ok := w.itemType(v, i, t)
		if !ok {
			return
		}
		w.term(item, typ, column, inner)
	}
}

// itemType gives the type of a part of a term, nil when it cannot be told; it is false
// where the term is no value of its type.
func (w *cqlWalk) itemType(v *cql.Term, i int, t *Type) (*Type, bool) {
	fits := func(ok bool, what string) bool {
		if !ok {
			w.say(v.At, "", "%s is no value of type %s", what, t)
		}
		return ok
	}
	switch {
	case t == nil || v.Kind == cql.CallTerm:
		return nil, true
	case v.Kind == cql.ListTerm:
		return t.Elem, fits(t.Kind == TypeList || t.Kind == TypeVector, "a list")
	case v.Kind == cql.SetTerm:
		return t.Elem, fits(t.Kind == TypeSet, "a set")
	case v.Kind == cql.MapTerm && i%2 == 0:
		return t.Key, fits(t.Kind == TypeMap, "a map")
	case v.Kind == cql.MapTerm:
		return t.Elem, true
	case v.Kind == cql.TupleTerm:
		if !fits(t.Kind == TypeTuple && len(v.Items) == len(t.Elems), "a tuple of this length") {
			return nil, false
		}
		return t.Elems[i], true
	}
	if !fits(t.Kind == TypeUDT, "a list of fields") {
		return nil, false
	}
	field := w.fieldType(t, v.Fields[i])
	return field, field != nil
}

// bind gives a bind its type.
func (w *cqlWalk) bind(b *cql.Bind, t *Type, column int, r role) {
	if b.Hint != "" {
		hinted := w.hint(b.Hint, b.HintAt)
		switch {
		case hinted == nil:
			return
		case t != nil && !t.Equal(hinted):
			w.say(b.HintAt, "remove the type, or correct it", "the bind :%s has the type %s here, not %s", b.Name, t, hinted)
			return
		}
		t = hinted
	}
	switch {
	case t == nil:
		w.say(b.At, "write its type before it, as in (int) :"+b.Name, "nothing says which type the bind :%s has here", b.Name)
	case t.Kind == TypeTuple:
		w.say(b.At, "write the tuple with a bind for each element: (:a, :b)", "the bind :%s would be a tuple (%s), which cannot be bound as a whole", b.Name, t)
	default:
		w.custom.places = append(w.custom.places, bindPlace{Bind: b, column: column, typ: t, role: r})
	}
}

var errNoUDT = errors.New("no column of the table has it")

// hint reads a type that stands before a term.
func (w *cqlWalk) hint(text string, offset int) *Type {
	t, err := ParseType(text, func(name string) (*Type, error) {
		for i := range w.entry.table.Columns {
			if t := w.entry.table.Columns[i].Type.userType(name); t != nil {
				return t, nil
			}
		}
		return nil, errNoUDT
	})
	if err != nil {
		w.say(offset, "", "%v", err)
		return nil
	}
	return t
}

// userType finds a user-defined type of a name within a type, nil when there is none.
func (t *Type) userType(name string) *Type {
	if t == nil {
		return nil
	}
	if t.Kind == TypeUDT && t.Name == name {
		return t
	}
	for _, part := range append([]*Type{t.Key, t.Elem}, t.Elems...) {
		if found := part.userType(name); found != nil {
			return found
		}
	}
	return nil
}
