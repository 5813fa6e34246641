package draft

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingest/mapping"
)

// Input is what a mapping is drafted from.
type Input struct {
	Origin   string // what comments say it is made from
	Topic    string
	Keyspace string
	// ValueSubject and KeySubject are named in the mapping where they are not the
	// topic's own; empty: they are.
	ValueSubject, KeySubject string
	Value                    *mapping.Shape // nil: not known
	Key                      *mapping.Shape // nil: there is no key schema
	KeyFormat                string         // of a key without a schema: string, long, …; empty: keys are not read
	// KeyPaths are the fields of the value that tell rows apart, for records whose
	// key does not; such as value.id.
	KeyPaths []string
}

// Draft is a mapping file and what creates its table.
type Draft struct {
	Mapping string
	CQL     string // empty for a table that is there
	LeftOut int    // fields that no column takes; the mapping's comments name them
}

// ErrNoKey says that nothing tells the rows of the table apart.
var ErrNoKey = errors.New("nothing is known of the records' keys, so nothing says what the primary key is")

// column is a column of the drafted table.
type column struct {
	name, from, note string
	typ              *mapping.Type
}

// table is a drafted table.
type table struct {
	in       *Input
	name     string
	keys     []column
	columns  []column
	types    *typer
	byKey    bool // the primary key comes from the records' keys
	leftOut  []leftOut
	nullable bool // some field may be null
}

// leftOut is what no column takes.
type leftOut struct{ path, why string }

// FromSchema drafts a table for the records of a schema: its primary key is the
// records' key, and each field of the value has a column.
func FromSchema(in *Input) (*Draft, error) {
	value := in.Value.NonNull()
	if value.Kind != mapping.KindRecord {
		return nil, fmt.Errorf("the value is %s, and only a record's fields make columns", in.Value)
	}
	t := &table{in: in, name: snake(in.Topic), types: &typer{keyspace: in.Keyspace, known: map[*mapping.Shape]*mapping.Type{}, within: map[*mapping.Shape][]gap{}, names: names{}}}
	taken := names{}
	if err := t.primaryKey(taken); err != nil {
		return nil, err
	}
	t.types.path = "value"
	t.types.open = []*mapping.Shape{value}
	for i := range value.Fields {
		t.valueColumn(&value.Fields[i], taken)
	}
	return &Draft{Mapping: t.mapping(), CQL: t.ddl(), LeftOut: len(t.leftOut)}, nil
}

// primaryKey chooses the columns of the primary key.
func (t *table) primaryKey(taken names) error {
	in := t.in
	switch {
	case len(in.KeyPaths) > 0:
		return t.keyFromValue(taken)
	case in.Key != nil && in.Key.NonNull().Kind == mapping.KindRecord:
		t.byKey, t.types.path = true, "key"
		return t.keyFields(in.Key.NonNull(), "key", "", taken)
	case in.Key != nil:
		t.byKey = true
		return t.keyColumn("key", "key", in.Key, taken)
	case in.KeyFormat != "":
		t.byKey = true
		return t.plainKey(taken)
	}
	return ErrNoKey
}

// keyFields takes every part of a key, to any depth: without one of them, records
// of different keys would meet in one row.
func (t *table) keyFields(s *mapping.Shape, path, prefix string, taken names) error {
	if len(s.Fields) == 0 {
		return errors.New("the key's schema has no fields, so nothing tells rows apart")
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		inner := f.Shape.NonNull()
		if inner.Kind != mapping.KindRecord {
			if err := t.keyColumn(path+"."+f.Name, prefix+f.Name, f.Shape, taken); err != nil {
				return err
			}
			continue
		}
		if slices.Contains(t.types.open, inner) {
			return fmt.Errorf("%s.%s: %w", path, f.Name, errRecursive)
		}
		t.types.open = append(t.types.open, inner)
		if err := t.keyFields(inner, path+"."+f.Name, prefix+f.Name+"_", taken); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) keyColumn(path, name string, s *mapping.Shape, taken names) error {
	typ, err := t.types.of(s)
	switch {
	case err != nil:
		return fmt.Errorf("%s cannot be part of the primary key: %w", path, err)
	case typ.Kind == mapping.TypeDuration:
		return fmt.Errorf("%s cannot be part of the primary key: Cassandra takes no duration there", path)
	}
	t.keys = append(t.keys, column{name: taken.take(snake(name)), from: path, note: s.String(), typ: typ})
	return nil
}

var keyTypes = map[string]mapping.TypeKind{
	"string": mapping.TypeText, "long": mapping.TypeBigint, "int": mapping.TypeInt, "uuid": mapping.TypeUUID, "bytes": mapping.TypeBlob,
}

func (t *table) plainKey(taken names) error {
	kind, ok := keyTypes[t.in.KeyFormat]
	if !ok {
		return fmt.Errorf("%q is no format of keys: it can be string, long, int, uuid or bytes", t.in.KeyFormat)
	}
	name := "id"
	for _, f := range t.in.Value.NonNull().Fields {
		if snake(f.Name) == name {
			name = "key"
		}
	}
	t.keys = append(t.keys, column{name: taken.take(name), from: "key", note: "key of format " + t.in.KeyFormat, typ: &mapping.Type{Kind: kind}})
	return nil
}

// keyFromValue takes the primary key from fields of the value.
func (t *table) keyFromValue(taken names) error {
	for _, path := range t.in.KeyPaths {
		name, ok := strings.CutPrefix(path, "value.")
		s, found := t.in.Value, false
		if ok {
			var err error
			if s, found, err = mapping.ResolvePath(s, fieldSteps(name), false); err != nil {
				return err
			}
		}
		if !found {
			return fmt.Errorf("the value's schema has no field %q: write its path, such as value.id", path)
		}
		if err := t.keyColumn(path, strings.ReplaceAll(name, ".", "_"), s, taken); err != nil {
			return err
		}
	}
	return nil
}

func fieldSteps(path string) []mapping.Step {
	var steps []mapping.Step
	for _, name := range strings.Split(path, ".") {
		steps = append(steps, mapping.Step{Kind: mapping.StepField, Name: name})
	}
	return steps
}

// valueColumn adds the column of one field, unless the primary key has it: as its
// own, or as the key's field of the same name.
func (t *table) valueColumn(f *mapping.Field, taken names) {
	from := "value." + f.Name
	for _, k := range t.keys {
		if k.from == from {
			return
		}
		if k.from == "key."+f.Name {
			t.leftOut = append(t.leftOut, leftOut{from, "the key has it too"})
			return
		}
	}
	before := len(t.types.gaps)
	if typ, err := t.types.field(f); err == nil {
		t.nullable = t.nullable || f.Shape.Nullable()
		note := f.Shape.String()
		if l := f.Shape.NonNull().Logical; typ.Kind == mapping.TypeBigint && l != mapping.LogicalNone {
			note += ": a column of type timestamp would keep its milliseconds only"
		}
		t.columns = append(t.columns, column{name: taken.take(snake(f.Name)), from: from, note: note, typ: typ})
	}
	for _, g := range t.types.gaps[before:] {
		t.fill(g, from, taken)
	}
}

// fill gives a column with JSON to what has no CQL type, as far as a path leads
// there. top is the field of the value that it is in.
func (t *table) fill(g gap, top string, taken names) {
	switch {
	case errors.Is(g.why, errNull):
		t.leftOut = append(t.leftOut, leftOut{g.path, g.why.Error()})
	case g.depth > 0:
		t.leftOut = append(t.leftOut, leftOut{g.path, g.why.Error() + "; json(" + top + ") in a column of type text keeps it"})
	default:
		t.nullable = t.nullable || g.shape.Nullable()
		name := strings.ReplaceAll(strings.TrimPrefix(g.path, "value."), ".", "_")
		t.columns = append(t.columns, column{name: taken.take(snake(name)), from: "json(" + g.path + ")",
			note: g.shape.String() + ", as JSON: " + g.why.Error(), typ: &mapping.Type{Kind: mapping.TypeText}})
	}
}
