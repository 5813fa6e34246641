package mapping

import (
	"cmp"
	"slices"
	"strings"
)

// acceptCross tells what to do about records that meet in one row.
const acceptCross = "if the producers' clocks may decide which record wins, say `accept: [cross_partition]`"

// meetings finds whether records of different Kafka keys can meet in one row.
// Kafka keeps records in order within a partition only, so such a table is not
// the fold of the log. Only what is certain without schemas is a fault here;
// CheckShapes looks at Avro keys.
func (c *compiler) meetings(e *entry) {
	if e.Accepts(LabelCrossPartition) {
		return
	}
	c.siblings(e)
	c.otherTopics(e)
	identity, what := e.identity()
	if slices.ContainsFunc(identity, func(m *ColumnMapping) bool { return m.Source.Root == RootMeta && m.Source.Name == "partition" }) {
		return
	}
	reads := slices.ContainsFunc(identity, func(m *ColumnMapping) bool {
		return m.Source.Root == RootKey || c.topic.Debezium && c.topic.Key.Kind == FormatAvro && m.Source.Root == RootValue
	})
	switch {
	case reads:
		c.moves(e)
	case c.topic.Key.Kind == FormatNone:
		c.add(Warning, e.Pos, "feed the primary key from the key, or, "+acceptCross,
			"the key is not read, so nothing shows that the records of one row of %s come from one partition, in order", e.table.FullName())
	default:
		c.fault(e.Pos, "feed "+what+" from the key, or, "+acceptCross,
			"%s of %s does not contain the key, so records of different keys can meet in one row", what, e.table.FullName())
	}
}

// identity gives what feeds the columns that tell rows apart. Static columns
// belong to the partition, so with one of them it is the partition key.
func (e *entry) identity() (feeds []*ColumnMapping, what string) {
	static, wide := false, e.deletesWide()
	for i, m := range e.feeds {
		static = static || m != nil && e.table.Columns[i].Kind == Static
	}
	static = static || e.custom != nil && e.custom.static
	for i, col := range e.table.Columns {
		if col.Kind == PartitionKey || col.Kind == Clustering && !static && !wide {
			feeds = append(feeds, e.feeds[i])
		}
	}
	switch {
	case wide:
		return feeds, wideKey
	case static:
		return feeds, staticKey
	}
	return feeds, "the primary key"
}

// moves notes a key that has a part from the value beside the record's key.
func (c *compiler) moves(e *entry) {
	if c.topic.Debezium { // CheckShapes says what that takes
		return
	}
	var names []string
	for i, m := range e.feeds {
		if m != nil && e.table.IsKey(i) && m.Source.inValue() && !m.Source.ofItem() { // see elements
			names = append(names, m.Source.String())
		}
	}
	if len(names) > 0 {
		c.add(Note, e.Pos, "", "the primary key of %s holds %s: when that changes for a key, the old row stays beside the new one",
			e.table.FullName(), strings.Join(names, ", "))
	}
}

// otherTopics refuses that several entries feed one row.
func (c *compiler) otherTopics(e *entry) {
	var seen []Pos // of tables: an entry may stand for several topics
	for i := range c.topic.Tables {
		seen = append(seen, c.topic.Tables[i].Pos)
	}
	for i := range len(c.file.Topics) + len(c.file.Patterns) {
		other := c.file.entry(i)
		for j := range other.Tables {
			m := &other.Tables[j]
			if slices.Contains(seen, m.Pos) || m.Table != e.table.Name || cmp.Or(m.Keyspace, c.cat.Default) != e.table.Keyspace || e.apart(m) {
				continue
			}
			seen = append(seen, m.Pos)
			c.fault(e.Pos, "give each topic a constant or meta.topic in the primary key, or, "+acceptCross,
				"topic %q feeds %s too, so records of different partitions can meet in one row", other.Name, e.table.FullName())
		}
	}
}

// apart reports whether a key column keeps the rows of two topics apart.
func (e *entry) apart(other *TableMapping) bool {
	for i, m := range e.feeds {
		if m == nil || !e.table.IsKey(i) {
			continue
		}
		if o := other.keyFeed(e.table.Columns[i].Name); o != nil && differ(&m.Source, &o.Source, e.table.Columns[i].Type) {
			return true
		}
	}
	return false
}

// differ reports whether two topics never get the same value of type t from
// these sources. Constants of other types can be one value in two spellings.
func differ(a, b *Source, t *Type) bool {
	switch {
	case a.Root == RootMeta && b.Root == RootMeta:
		return a.Name == "topic" && b.Name == "topic"
	case a.Root == RootConst && b.Root == RootConst:
		return (t.Kind == TypeText || t.Kind == TypeASCII || t.Kind == TypeBoolean) && a.Const.Text != b.Const.Text
	}
	return false
}

// What tells rows apart where it is not the primary key, in messages.
const (
	staticKey = "the partition key, which its static columns belong to,"
	wideKey   = "the partition key, which its deletes go by,"
)

// deletesWide reports whether a delete of the entry is about a whole partition.
func (e *entry) deletesWide() bool {
	if e.custom != nil {
		return e.custom.wide
	}
	return (e.Delete.Partition || e.deletesStatic()) && (e.Write == WriteDelete || e.DeleteWhen != nil || e.tombstoneDeletes())
}
