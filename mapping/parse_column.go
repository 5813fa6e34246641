package mapping

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// columns reads `columns:`, a mapping of column names to what feeds them.
func (p *parser) columns(n *yaml.Node) []ColumnMapping {
	columns := []ColumnMapping{}
	switch {
	case n.Kind == yaml.AliasNode: // lint has said it
		return columns
	case n.Kind != yaml.MappingNode || len(n.Content) == 0:
		p.fault(pos(n), "write one line for each column: its name, then what feeds it, as in `id: key.id`", "\"columns\" must be a list of columns, not %s", kindOf(n))
		return columns
	}
	for pair := range slices.Chunk(n.Content, 2) {
		c := ColumnMapping{Name: pair[0].Value, Pos: pos(pair[0]), At: pos(pair[1])}
		if pair[0].Kind == yaml.ScalarNode && p.column(&c, pair[1]) {
			columns = append(columns, c)
		}
	}
	return columns
}

// column reads what feeds a column, and reports whether it is understood.
func (p *parser) column(c *ColumnMapping, n *yaml.Node) bool {
	if n.Kind == yaml.MappingNode {
		return p.columnEntry(c, n)
	}
	if n.Kind == yaml.SequenceNode {
		p.fault(pos(n), "write the path alone; an expression that makes a list of several is in quotes: \"[value.a, value.b]\"", "column %q must be fed by a single path or expression, not %s", c.Name, kindOf(n))
		return false
	}
	if !p.scalar(n, c.Name) {
		return false
	}
	if n.ShortTag() == tagString {
		return p.path(n, &c.Source)
	}
	constant, ok := p.constant(n, c.Name)
	c.Source = Source{Root: RootConst, Const: constant}
	return ok
}

// rawColumn is a column's entry as it is read.
type rawColumn struct {
	from, constant, def, unit, op *yaml.Node
	nulls                         nullsChoice
}

var columnKeys = []key[rawColumn]{
	{"from", false, func(_ *parser, c *rawColumn, n *yaml.Node) { c.from = n }},
	{"const", false, func(_ *parser, c *rawColumn, n *yaml.Node) { c.constant = n }},
	{"default", false, func(_ *parser, c *rawColumn, n *yaml.Node) { c.def = n }},
	{"nulls", false, func(p *parser, c *rawColumn, n *yaml.Node) { c.nulls = p.nulls(n) }},
	{"unit", false, func(_ *parser, c *rawColumn, n *yaml.Node) { c.unit = n }},
	{"op", false, func(_ *parser, c *rawColumn, n *yaml.Node) { c.op = n }},
}

func (p *parser) columnEntry(c *ColumnMapping, n *yaml.Node) bool {
	var raw rawColumn
	before := p.faults
	fields(p, n, "a column", &raw, columnKeys)
	c.nulls = raw.nulls
	if raw.op != nil {
		p.cellOp(c, raw.op)
	}
	switch {
	case raw.from != nil && raw.constant != nil:
		p.fault(pos(raw.constant), "remove one of them", "a column is fed by \"from\" or by \"const\", not by both")
	case raw.constant != nil:
		p.constantColumn(c, &raw)
	case raw.from != nil:
		p.pathColumn(c, &raw)
	case p.faults == before:
		p.fault(pos(n), "", "a column needs \"from\", with a path, or \"const\"")
	}
	return p.faults == before
}

func (p *parser) constantColumn(c *ColumnMapping, raw *rawColumn) {
	c.At = pos(raw.constant)
	c.Source.Root = RootConst
	c.Source.Const, _ = p.constant(raw.constant, "const")
	for _, other := range []*yaml.Node{raw.def, raw.unit} {
		if other != nil {
			p.fault(pos(other), "remove it", "a constant is never absent and has no unit")
		}
	}
	if at := raw.nulls.at; at != (Pos{}) {
		p.fault(at, "remove it", "a constant is never null")
	}
}

func (p *parser) pathColumn(c *ColumnMapping, raw *rawColumn) {
	c.At = pos(raw.from)
	if text := p.word(raw.from, "from"); text != "" {
		p.path(raw.from, &c.Source)
	}
	if raw.def != nil {
		if def, ok := p.constant(raw.def, "default"); ok {
			c.Default, c.defaultAt = &def, pos(raw.def)
		}
	}
	if raw.unit != nil {
		c.unitAt = pos(raw.unit)
		c.Source.Unit = p.unit(raw.unit)
	}
	if raw.nulls.nulls == NullsDefault && raw.def == nil {
		p.fault(raw.nulls.at, "add `default:`", "\"nulls\" asks for a default that the column does not have")
	}
}

var unitNames = [...]string{"s", "ms", "us", "ns"}

// unit reads what an integer counts; UnitNone when it is none of them.
func (p *parser) unit(n *yaml.Node) Unit {
	return Unit(1 + p.choice(n, "unit", unitNames[:]))
}

// constant reads a scalar that goes into a column as it is.
func (p *parser) constant(n *yaml.Node, what string) (Const, bool) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle == 0 && n.ShortTag() == tagNull:
		p.fault(pos(n), "write '' for an empty text, or remove the line", "%q cannot be null", what)
		return Const{}, false
	case !p.scalar(n, what):
		return Const{}, false
	}
	c := Const{Kind: ConstText, Text: n.Value}
	switch n.ShortTag() {
	case tagInt, tagFloat:
		c.Kind = ConstNumber
		if !plainNumber(n.Value) {
			p.fault(pos(n), "write it in decimal digits, or put a text into quotes", "YAML reads %s as a number in another notation", n.Value)
			return c, false
		}
	case tagBool:
		c = Const{Kind: ConstBool, Text: strings.ToLower(n.Value)}
	}
	return c, true
}

// plainNumber reports whether a number means to everybody what YAML takes it
// for: 010, 0x1F and 1_000 do not.
func plainNumber(s string) bool {
	digits := strings.TrimLeft(s, "+-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return false
	}
	if strings.ContainsAny(digits, "_xXoObBpP") {
		return false
	}
	_, err := strconv.ParseFloat(strings.TrimPrefix(digits, "."), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}
