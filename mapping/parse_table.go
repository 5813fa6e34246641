package mapping

import (
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

var tableKeys = []key[TableMapping]{
	{"table", true, func(p *parser, t *TableMapping, n *yaml.Node) { t.Pos = pos(n); p.tableName(t, n) }},
	{"keyspace", false, func(p *parser, t *TableMapping, n *yaml.Node) { p.tableKeyspace(t, p.name(n, "keyspace"), n) }},
	{"consistency", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.Consistency = p.consistency(n) }},
	{"columns", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.Columns = p.columns(n) }},
	{"columns_from", false, func(p *parser, t *TableMapping, n *yaml.Node) {
		if at := p.choice(n, "columns_from", []string{"value", "key", "item"}); at >= 0 {
			t.ColumnsFrom = &ColumnsFrom{Root: [...]Root{RootValue, RootKey, RootItem}[at], Pos: pos(n)}
		}
	}},
	{"record", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.Records = p.records(n) }},
	{"for_each", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.ForEach = p.forEach(n) }},
	{"tombstone", false, func(p *parser, t *TableMapping, n *yaml.Node) {
		t.Tombstone = TombstoneMode(1 + p.choice(n, "tombstone", tombstoneNames[:]))
	}},
	{"nulls", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.nulls = p.nulls(n) }},
	{"ttl", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.ttlAt = pos(n); p.ttlOrExpr(t, n) }},
	{"when", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.When = p.condition(n, "when") }},
	{"write", false, func(p *parser, t *TableMapping, n *yaml.Node) { p.writeMode(t, n) }},
	{"cql", false, func(p *parser, t *TableMapping, n *yaml.Node) { p.statement(t, n) }},
	{"delete", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.Delete = p.deleteScope(n) }},
	{"delete_when", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.DeleteWhen = p.condition(n, "delete_when") }},
	{"timestamp", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.EventTime = p.eventTime(n) }},
	{"accept", false, func(p *parser, t *TableMapping, n *yaml.Node) { t.Accept = p.accept(n) }},
}

// The words of `tombstone:` and `nulls:`.
var (
	tombstoneNames = [...]string{"delete", "ignore", "dead_letter"}
	nullsNames     = [...]string{"unset", "tombstone", "default"}
)

func (p *parser) table(n *yaml.Node) TableMapping {
	t := TableMapping{Pos: pos(n)}
	before := p.faults
	fields(p, n, "a table", &t, tableKeys)
	if t.Columns == nil && t.ColumnsFrom == nil && p.faults == before {
		p.fault(t.Pos, "add `columns:`, or `columns_from: value`", "nothing says what feeds the columns of this table")
	}
	return t
}

// tableName reads a table's name, or keyspace.table.
func (p *parser) tableName(t *TableMapping, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || !strings.Contains(n.Value, ".") {
		t.Table = p.name(n, "table")
		return
	}
	text := p.word(n, "table")
	keyspace, table, _ := strings.Cut(text, ".")
	if text != "" && (!isName(keyspace) || !isName(table)) {
		p.fault(pos(n), "write keyspace.table, without quotes and in their true case", "%q cannot be the name of a table", text)
		return
	}
	t.Table = table
	p.tableKeyspace(t, keyspace, n)
}

// tableKeyspace takes a keyspace from `keyspace:` or from `table:`.
func (p *parser) tableKeyspace(t *TableMapping, keyspace string, n *yaml.Node) {
	if t.Keyspace != "" && keyspace != "" && t.Keyspace != keyspace {
		p.fault(pos(n), "name it once", "the table's keyspace is given twice: %q and %q", t.Keyspace, keyspace)
	}
	if keyspace != "" {
		t.Keyspace = keyspace
	}
}

var consistencies = []string{"ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "LOCAL_ONE"}

// consistency reads a level for writes.
func (p *parser) consistency(n *yaml.Node) string {
	text := p.word(n, "consistency")
	switch text {
	case "": // word has said it
	case "ONE", "LOCAL_ONE":
		p.add(Warning, pos(n), "use LOCAL_QUORUM where losing a node must not lose rows", "with consistency %s a row is acknowledged by one replica, and can be lost with it", text)
	case "ANY":
		p.fault(pos(n), "use LOCAL_QUORUM", "consistency ANY acknowledges rows that no replica has stored")
	case "SERIAL", "LOCAL_SERIAL":
		p.fault(pos(n), "use LOCAL_QUORUM", "consistency %s is for conditional writes and reads, not for writes", text)
	default:
		p.choice(n, "consistency", consistencies)
	}
	return text
}

func (p *parser) nulls(n *yaml.Node) nullsChoice {
	at := p.choice(n, "nulls", nullsNames[:])
	return nullsChoice{nulls: Nulls(max(at, 0)), at: pos(n)}
}

// MaxTTL is the longest life that Cassandra gives a cell, in seconds: 20 years
// (Attributes.MAX_TTL).
const MaxTTL = 630_720_000

// ttl reads a duration and gives seconds.
func (p *parser) ttl(n *yaml.Node) int32 {
	const hint = "write a whole number and a unit: 45s, 10m, 12h, 30d or 8w"
	if !p.scalar(n, "ttl") {
		return 0
	}
	seconds, ok := parseSeconds(n.Value)
	if !ok {
		p.fault(pos(n), hint, "ttl %q is not a duration", n.Value)
		return 0
	}
	if seconds < 1 || seconds > MaxTTL {
		p.fault(pos(n), "", "ttl %s is out of range: Cassandra takes 1 s to %d s (20 years)", n.Value, MaxTTL)
		return 0
	}
	return int32(seconds)
}

func (p *parser) accept(n *yaml.Node) []Accepted {
	var accepted []Accepted
	for _, item := range p.items(n, "accept") {
		if at := p.choice(item, "accept", labels); at >= 0 {
			accepted = append(accepted, Accepted{Label: Label(labels[at]), Pos: pos(item)})
		}
	}
	return accepted
}
