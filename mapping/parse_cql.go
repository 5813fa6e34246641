package mapping

import (
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"ingest/mapping/cql"
)

// CQL is the statement of `cql:`. It is immutable.
type CQL struct {
	*cql.Statement
	place func(offset int) Pos // of a byte of the statement, in the mapping file
}

// statement reads `cql:`.
func (p *parser) statement(t *TableMapping, n *yaml.Node) {
	t.cqlAt = pos(n)
	text := p.word(n, "cql")
	if text == "" {
		return
	}
	place := p.places(n)
	st, faults := cql.Parse(text)
	for _, f := range faults {
		p.fault(place(f.At), f.Hint, "%s", f.Message)
	}
	if st != nil {
		t.CQL = &CQL{Statement: st, place: place}
	}
}

// checkCQL holds an entry with a statement of its own against itself.
func (p *parser) checkCQL(topic *Topic, t *TableMapping) {
	p.besideCQL(t)
	st := t.CQL
	if st == nil {
		return
	}
	if st.Table.Text != t.Table {
		hint := "the keys and the order of the rows come from `table:`, so both must be one"
		if strings.EqualFold(st.Table.Text, t.Table) {
			hint = "CQL folds names to lower case: write \"" + t.Table + "\" in double quotes"
		}
		p.fault(st.place(st.Table.At), hint, "the statement is about table %q, and the entry about %q", st.Table.Text, t.Table)
	}
	p.checkUsing(t)
	if topic.Debezium && (st.Verb == cql.Delete || !st.Stamped) {
		p.fault(t.cqlAt, "write an INSERT or UPDATE with USING TIMESTAMP :timestamp", "this statement cannot follow the events of an envelope, which change and delete rows")
	}
	if t.DeleteWhen != nil && st.Verb == cql.Delete {
		p.fault(t.DeleteWhen.at(0), "say `when:` to choose records", "the statement deletes with each record, so \"delete_when\" chooses nothing")
	}
	if !st.Stamped {
		p.checkUnstampedCQL(t)
	}
	p.checkBinds(t)
}

// besideCQL refuses the keys that say what the statement says.
func (p *parser) besideCQL(t *TableMapping) {
	if t.writeAt != (Pos{}) {
		p.fault(t.writeAt, "remove it", "\"cql\" is a way to write of its own, beside which \"write\" says nothing")
	}
	if t.Delete.At != (Pos{}) {
		p.fault(t.Delete.At, "remove it: a record without a value deletes the row", "\"delete\" says nothing beside \"cql\"")
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Op != OpSet {
			p.fault(c.opAt, "write it into the statement: c = c + :"+c.Name, "\"op\" says nothing beside \"cql\"")
		}
	}
}

// checkUsing holds timestamp and life against what the entry says of them.
func (p *parser) checkUsing(t *TableMapping) {
	st := t.CQL
	if st.Stamped && st.If != cql.Always {
		p.fault(t.cqlAt, "remove USING TIMESTAMP: Cassandra stamps such a row itself", "Cassandra takes no write timestamp with IF")
	}
	switch {
	case st.TTL != cql.NoTTL && st.Verb == cql.Delete:
		p.fault(st.place(st.TTLAt), "remove it", "a DELETE writes nothing that could expire")
	case st.TTL == cql.BindTTL && t.ttlAt == (Pos{}):
		p.fault(st.place(st.TTLAt), "say `ttl:` for the table, for example `ttl: 30d`", "nothing says what :ttl is")
	case st.TTL != cql.BindTTL && t.ttlAt != (Pos{}):
		p.fault(t.ttlAt, "write USING TTL :ttl into the statement, or remove it", "the statement does not ask for the \"ttl\"")
	}
}

// checkUnstampedCQL refuses the deletes and times of an entry whose rows Cassandra
// stamps itself.
func (p *parser) checkUnstampedCQL(t *TableMapping) {
	const why = "a statement without USING TIMESTAMP :timestamp"
	if t.DeleteWhen != nil {
		p.fault(t.DeleteWhen.at(0), "say `when:` to choose records", "%s cannot be mixed with deletes, which \"delete_when\" chooses", why)
	}
	if t.EventTime != nil {
		p.fault(t.EventTime.Pos, "remove it, or write USING TIMESTAMP :timestamp", "%s takes no write timestamp", why)
	}
	if t.Tombstone == TombstoneUnstated || t.Tombstone == TombstoneDelete {
		p.fault(t.cqlAt, "say `tombstone: ignore` or `tombstone: dead_letter`", "%s cannot be mixed with deletes, and a record without a value would delete", why)
	}
}

// checkBinds: every bind has a value, and every value a bind.
func (p *parser) checkBinds(t *TableMapping) {
	var binds, columns []string
	for _, b := range t.CQL.Binds {
		binds = appendMissing(binds, b.Name)
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		columns = append(columns, c.Name)
		if slices.Contains(binds, c.Name) {
			continue
		}
		hint := suggest(c.Name, binds, "it has")
		switch c.Name {
		case cql.TimestampBind:
			hint = "remove it: :timestamp is the record's write timestamp, and `timestamp:` of the table says where that comes from"
		case cql.TTLBind:
			hint = "remove it: :ttl is the rest of the row's life, and `ttl:` of the table says how long that is"
		}
		p.fault(c.Pos, hint, "the statement has no bind :%s", c.Name)
	}
	if t.ColumnsFrom != nil {
		return
	}
	for _, b := range t.CQL.Binds {
		if !slices.Contains(columns, b.Name) {
			p.fault(t.CQL.place(b.At), suggestOr(b.Name, columns, "add it under `columns:`, for example `"+b.Name+": value."+b.Name+"`"), "nothing feeds the bind :%s", b.Name)
		}
	}
}

// stamped reports whether the entry's rows get write timestamps of records.
func (t *TableMapping) stamped() bool {
	if t.CQL != nil {
		return t.CQL.Stamped
	}
	return t.Write.stamped()
}

// keyFeed gives what feeds a column of the primary key, nil when nothing does. With
// `cql:` that is the bind which the column equals.
func (t *TableMapping) keyFeed(column string) *ColumnMapping {
	name := column
	if t.CQL != nil {
		b := t.CQL.equals(column)
		if b == nil {
			return nil
		}
		name = b.Name
	}
	at := slices.IndexFunc(t.Columns, func(m ColumnMapping) bool { return m.Name == name })
	if at < 0 {
		return nil
	}
	return &t.Columns[at]
}

// equals gives the bind that a column of the primary key equals, nil when there is
// none.
func (c *CQL) equals(column string) *cql.Bind {
	if c.Verb == cql.Insert {
		for i := range c.Sets {
			if c.Sets[i].Column.Text == column {
				return c.Sets[i].Value.Bind
			}
		}
		return nil
	}
	for i := range c.Where {
		if r := &c.Where[i]; r.Column.Text == column && r.Op == "=" {
			return r.Values[0].Bind
		}
	}
	return nil
}
