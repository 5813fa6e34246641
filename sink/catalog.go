package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// Catalog reads the live tables of keyspaces from system_schema. Keyspaces that
// do not exist are left out; all names are in Catalog.Names. A column of a type
// that this program does not know (custom types) is left out and logged, with
// its whole table when it is part of the primary key.
func (s *Session) Catalog(ctx context.Context, keyspaces []string) (*mapping.Catalog, error) {
	l := s.link.Load()
	ctx = s.reading(ctx)
	replicated, err := l.replication(ctx)
	if err != nil {
		return nil, err
	}
	l.policy.setKeyspaces(replicated)
	catalog := &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{}}
	for name := range replicated {
		catalog.Names = append(catalog.Names, name)
	}
	slices.Sort(catalog.Names)
	for _, keyspace := range keyspaces {
		if _, ok := replicated[keyspace]; !ok {
			continue
		}
		tables, err := (&schemaReader{link: l, keyspace: keyspace, leaveOut: s.leaveOut}).read(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the tables of keyspace %s: %w", keyspace, err)
		}
		catalog.Keyspaces[keyspace] = tables
	}
	return catalog, nil
}

// leaveOut logs what is left out of the catalog, once: the catalog is read again
// and again.
func (s *Session) leaveOut(table, column string, err error) {
	if _, told := s.leftOut.LoadOrStore([3]string{table, column, err.Error()}, true); !told {
		s.opener.log.Warn("left a column out of the catalog", "table", table, "column", column, "error", err)
	}
}

// readReplication tells the policy how keyspaces are replicated.
func (l *link) readReplication(ctx context.Context) error {
	replicated, err := l.replication(ctx)
	if err != nil {
		return err
	}
	l.policy.setKeyspaces(replicated)
	return nil
}

func (l *link) replication(ctx context.Context) (map[string]replication, error) {
	found := map[string]replication{}
	iter := l.session.Query("SELECT keyspace_name, replication FROM system_schema.keyspaces").WithContext(ctx).Consistency(gocql.LocalOne).Iter()
	var name string
	var options map[string]string
	for iter.Scan(&name, &options) {
		found[name] = parseReplication(options)
		options = nil
	}
	if err := iter.Close(); err != nil {
		return nil, fmt.Errorf("reading the keyspaces: %w", err)
	}
	return found, nil
}

// schemaReader reads one keyspace. Its queries are paged.
type schemaReader struct {
	link     *link
	leaveOut func(table, column string, err error) // hears of what is left out
	keyspace string
	tables   map[string]*mapping.Table
	keys     map[*mapping.Table]map[int]int // column to its position in its part of the key
	types    map[string]*udt
}

// udt is a user-defined type, as text until somebody needs it.
type udt struct {
	fields, texts []string
	parsed        *mapping.Type
	busy          bool
}

func (r *schemaReader) read(ctx context.Context) (map[string]*mapping.Table, error) {
	r.tables, r.keys, r.types = map[string]*mapping.Table{}, map[*mapping.Table]map[int]int{}, map[string]*udt{}
	for _, step := range []func(context.Context) error{r.readTables, r.readTypes, r.readColumns, r.readDropped} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	r.finish()
	return r.tables, nil
}

func (r *schemaReader) query(ctx context.Context, cql string) *gocql.Iter {
	return r.link.session.Query(cql, r.keyspace).WithContext(ctx).Consistency(gocql.LocalOne).Iter()
}

func (r *schemaReader) readTables(ctx context.Context) error {
	iter := r.query(ctx, "SELECT table_name, id, gc_grace_seconds, default_time_to_live FROM system_schema.tables WHERE keyspace_name = ?")
	var name string
	var id gocql.UUID
	var grace, ttl int
	for iter.Scan(&name, &id, &grace, &ttl) {
		r.tables[name] = &mapping.Table{Keyspace: r.keyspace, Name: name, ID: id.String(), GCGrace: grace, DefaultTTL: ttl}
	}
	return iter.Close()
}

func (r *schemaReader) readTypes(ctx context.Context) error {
	iter := r.query(ctx, "SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = ?")
	var name string
	var fields, texts []string
	for iter.Scan(&name, &fields, &texts) {
		if len(fields) == len(texts) {
			r.types[name] = &udt{fields: fields, texts: texts}
		}
		fields, texts = nil, nil
	}
	return iter.Close()
}

// resolve gives a user-defined type of the keyspace, parsed once.
func (r *schemaReader) resolve(name string) (*mapping.Type, error) {
	u := r.types[name]
	switch {
	case u == nil:
		return nil, fmt.Errorf("no type %s in keyspace %s", name, r.keyspace)
	case u.parsed != nil:
		return u.parsed, nil
	case u.busy:
		return nil, errors.New("type " + name + " contains itself")
	}
	u.busy = true
	defer func() { u.busy = false }()
	t := &mapping.Type{Kind: mapping.TypeUDT, Keyspace: r.keyspace, Name: name, Fields: u.fields}
	for _, text := range u.texts {
		elem, err := mapping.ParseType(text, r.resolve)
		if err != nil {
			return nil, err
		}
		t.Elems = append(t.Elems, elem)
	}
	u.parsed = t
	return t, nil
}

func (r *schemaReader) readColumns(ctx context.Context) error {
	iter := r.query(ctx, "SELECT table_name, column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = ?")
	var table, name, kind, text string
	var position int
	for iter.Scan(&table, &name, &kind, &position, &text) {
		t := r.tables[table]
		if t == nil {
			continue // a view, or a table made between the two queries
		}
		if err := r.addColumn(t, name, kind, position, text); err != nil {
			r.leaveOut(t.FullName(), name, err)
			if kind == "partition_key" || kind == "clustering" {
				delete(r.tables, table)
			}
		}
	}
	return iter.Close()
}

func (r *schemaReader) addColumn(t *mapping.Table, name, kind string, position int, text string) error {
	typ, err := mapping.ParseType(text, r.resolve)
	if err != nil {
		return err
	}
	c := mapping.Column{Name: name, Type: typ}
	switch kind {
	case "partition_key":
		c.Kind = mapping.PartitionKey
	case "clustering":
		c.Kind = mapping.Clustering
	case "static":
		c.Kind = mapping.Static
	}
	if r.keys[t] == nil {
		r.keys[t] = map[int]int{}
	}
	r.keys[t][len(t.Columns)] = position
	t.Columns = append(t.Columns, c)
	return nil
}

// finish orders the keys. A table without one was dropped between two of the
// queries.
func (r *schemaReader) finish() {
	for name, t := range r.tables {
		if r.orderKey(t); len(t.PartitionKey) == 0 {
			delete(r.tables, name)
		}
	}
}

// readDropped notes when a column's predecessor of the same name was dropped.
func (r *schemaReader) readDropped(ctx context.Context) error {
	iter := r.query(ctx, "SELECT table_name, column_name, dropped_time FROM system_schema.dropped_columns WHERE keyspace_name = ?")
	var table, name string
	var at time.Time
	for iter.Scan(&table, &name, &at) {
		if t := r.tables[table]; t != nil {
			if i := t.Column(name); i >= 0 {
				t.Columns[i].Dropped = at.UnixMicro()
			}
		}
	}
	return iter.Close()
}

// orderKey lists the parts of the primary key by position.
func (r *schemaReader) orderKey(t *mapping.Table) {
	for i := range t.Columns {
		switch t.Columns[i].Kind {
		case mapping.PartitionKey:
			t.PartitionKey = append(t.PartitionKey, i)
		case mapping.Clustering:
			t.Clustering = append(t.Clustering, i)
		}
	}
	byPosition := func(a, b int) int { return r.keys[t][a] - r.keys[t][b] }
	slices.SortFunc(t.PartitionKey, byPosition)
	slices.SortFunc(t.Clustering, byPosition)
}
