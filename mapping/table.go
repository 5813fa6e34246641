package mapping

// Table is a live Cassandra table.
type Table struct {
	Keyspace     string
	Name         string
	ID           string // system_schema.tables.id: another one means another table of the same name
	Columns      []Column
	PartitionKey []int // indexes into Columns, in key order
	Clustering   []int // indexes into Columns, in key order
	GCGrace      int   // seconds
	DefaultTTL   int   // seconds, 0 for none
}

// Column is one column of a table.
type Column struct {
	Name string // as in system_schema: case-sensitive, unquoted
	Type *Type
	Kind ColumnKind
	// Dropped is when a column of this name was last dropped, before this one was
	// added: microseconds since 1970, 0 for never. Cassandra hides every value of
	// it with a write timestamp up to then.
	Dropped int64
}

// ColumnKind is the part that a column has in its table.
type ColumnKind uint8

// The kinds of system_schema.columns.
const (
	Regular ColumnKind = iota
	PartitionKey
	Clustering
	Static
)

// FullName gives keyspace.table.
func (t *Table) FullName() string { return t.Keyspace + "." + t.Name }

// Column gives the index of the column of that name, -1 when there is none.
func (t *Table) Column(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// IsKey reports whether column i is part of the primary key.
func (t *Table) IsKey(i int) bool {
	k := t.Columns[i].Kind
	return k == PartitionKey || k == Clustering
}
