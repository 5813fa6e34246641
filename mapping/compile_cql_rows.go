package mapping

import (
	"slices"

	"ingest/mapping/cql"
)

// key takes what a column of the primary key equals: a bind, so that the row is known
// before it is written.
func (w *cqlWalk) key(at, offset int, v *cql.Term) {
	col := &w.entry.table.Columns[at]
	switch {
	case v.Kind != cql.BindTerm:
		w.say(v.At, "write :"+col.Name+" and, under `columns:`, what feeds it; for a constant {const: …}", "column %q is part of the primary key of %s, and what it equals is no bind", col.Name, w.entry.table.FullName())
	case slices.ContainsFunc(w.custom.places, func(b bindPlace) bool { return b.column == at && (b.role == roleKey || b.role == roleRange) }):
		w.say(offset, "remove one of them", "column %q is given twice", col.Name)
	default:
		w.bind(v.Bind, col.Type, at, roleKey)
	}
}

// onlyStatic reports whether the statement is about static columns and nothing of a
// row.
func (w *cqlWalk) onlyStatic() bool {
	regular := func(c writtenColumn) bool { return w.entry.table.Columns[c.column].Kind != Static }
	tested := func(r cql.Relation) bool {
		at := w.entry.table.Column(r.Column.Text)
		return at >= 0 && w.entry.table.Columns[at].Kind != Static
	}
	return w.custom.static && !slices.ContainsFunc(w.custom.written, regular) && !slices.ContainsFunc(w.custom.Tests, tested)
}

// has reports whether a column of the primary key is restricted in a way.
func (w *cqlWalk) has(column int, r role) bool {
	return slices.ContainsFunc(w.custom.places, func(b bindPlace) bool { return b.column == column && b.role == r })
}

// insertKey demands the primary key of an INSERT; static columns alone need that of
// their partition.
func (w *cqlWalk) insertKey() {
	t := w.entry.table
	clustering := slices.ContainsFunc(t.Clustering, func(i int) bool { return w.has(i, roleKey) })
	w.demand(t.PartitionKey)
	if clustering || !w.onlyStatic() {
		w.demand(t.Clustering)
	}
}

// demand says which of the columns the statement does not name.
func (w *cqlWalk) demand(columns []int) {
	for _, i := range columns {
		name := w.entry.table.Columns[i].Name
		if w.has(i, roleKey) || w.faulty(name) {
			continue
		}
		hint := "add AND " + name + " = :" + name
		if w.custom.Verb == cql.Insert {
			hint = "add " + name + " to the columns and :" + name + " to the values"
		}
		w.say(w.custom.Table.At, hint, "column %q is part of the primary key of %s, and the statement does not say what it equals", name, w.entry.table.FullName())
	}
}

// faulty reports whether the statement names a column of the primary key in a way
// that has been refused.
func (w *cqlWalk) faulty(name string) bool {
	return slices.ContainsFunc(w.custom.Where, func(r cql.Relation) bool { return r.Column.Text == name }) ||
		w.custom.Verb == cql.Insert && slices.ContainsFunc(w.custom.Sets, func(s cql.Set) bool { return s.Column.Text == name })
}

// rows looks at what stands behind WHERE.
func (w *cqlWalk) rows() {
	for i := range w.custom.Where {
		w.restriction(&w.custom.Where[i])
	}
	t := w.entry.table
	w.demand(t.PartitionKey)
	switch {
	case w.onlyStatic():
		w.noClustering()
	case w.custom.Verb == cql.Update || len(w.custom.Sets) > 0 || w.custom.If != cql.Always:
		w.demand(t.Clustering)
		w.noRange()
	default:
		w.prefix()
	}
}

// restriction looks at one relation of WHERE.
func (w *cqlWalk) restriction(r *cql.Relation) {
	at, col := w.column(r.Column)
	switch {
	case col == nil:
	case !w.entry.table.IsKey(at):
		w.say(r.Column.At, "`when:` chooses records; IF makes a condition of what is in the row", "column %q is not part of the primary key of %s, and a row is found by that", col.Name, w.entry.table.FullName())
	case r.Op == "=":
		w.key(at, r.Column.At, r.Values[0])
	case col.Kind == PartitionKey:
		w.say(r.Column.At, "write "+col.Name+" = :"+col.Name, "column %q is part of the partition key, and a record writes to one partition", col.Name)
	case w.has(at, roleKey):
		w.say(r.Column.At, "remove one of them", "column %q is given twice", col.Name)
	case r.Values[0].Kind != cql.BindTerm:
		w.say(r.Values[0].At, "write "+col.Name+" "+r.Op+" :name", "what column %q is compared with is no bind", col.Name)
	default:
		w.bind(r.Values[0].Bind, col.Type, at, roleRange)
	}
}

// noClustering: static columns belong to the partition.
func (w *cqlWalk) noClustering() {
	for i := range w.custom.Where {
		r := &w.custom.Where[i]
		if at := w.entry.table.Column(r.Column.Text); at >= 0 && w.entry.table.Columns[at].Kind == Clustering {
			w.say(r.Column.At, "remove it", "the statement is about static columns alone, which belong to the partition, so column %q has no part in it", r.Column.Text)
		}
	}
}

func (w *cqlWalk) noRange() {
	for i := range w.custom.Where {
		r := &w.custom.Where[i]
		if at := w.entry.table.Column(r.Column.Text); at >= 0 && w.has(at, roleRange) {
			w.say(r.Column.At, "write "+r.Column.Text+" = :"+r.Column.Text+"; only a DELETE of whole rows takes a range", "column %q says which row it is, and a range is none", r.Column.Text)
			return
		}
	}
}

// prefix: a DELETE goes by the first columns of the clustering key, the last of which
// may have a range.
func (w *cqlWalk) prefix() {
	t := w.entry.table
	open := ""
	for _, i := range t.Clustering {
		name := t.Columns[i].Name
		equal, ranged := w.has(i, roleKey), w.has(i, roleRange)
		if open != "" && (equal || ranged) {
			w.say(w.custom.Table.At, "say what "+open+" equals, or leave "+name+" out", "a DELETE goes by the first columns of the clustering key: %q comes before %q", open, name)
			return
		}
		if !equal {
			w.custom.wide = true
			if open == "" {
				open = name
			}
		}
	}
}
