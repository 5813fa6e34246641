package mapping

import (
	"bytes"
	"slices"

	yaml "go.yaml.in/yaml/v4"
)

// MaxFileSize bounds a mapping file, in bytes.
const MaxFileSize = 1 << 20

// Parse reads a mapping file. It finds all faults at once; the File is nil when
// one of them is an Error. name is what the diagnostics call the file.
func Parse(name string, src []byte) (*File, Diagnostics) {
	p := &parser{reporter: reporter{file: name}, lines: bytes.Split(src, []byte("\n"))}
	root := p.load(src)
	if root == nil {
		return nil, p.done()
	}
	p.lint(root, 0)
	raw := rawFile{File: File{Name: name, MaxFuture: defaultMaxFuture}}
	fields(p, root, "the file", &raw, fileKeys)
	p.check(&raw)
	if p.faults > 0 {
		return nil, p.done()
	}
	raw.hash = hashDocument(root)
	return &raw.File, p.done()
}

// parser is the state of one Parse.
type parser struct {
	reporter
	lines [][]byte
}

// rawFile is the file with what its defaults say.
type rawFile struct {
	File
	defaults defaults
}

// defaults are what entries say that do not say it themselves.
type defaults struct {
	keyspace, consistency string
	nulls                 nullsChoice
	onError               OnError
}

// nullsChoice is a `nulls:` that may be missing.
type nullsChoice struct {
	nulls Nulls
	at    Pos // zero: not stated
}

// or gives the choice, or what stands for it when it is not stated.
func (c nullsChoice) or(d Nulls) Nulls {
	if c.at == (Pos{}) {
		return d
	}
	return c.nulls
}

var fileKeys = []key[rawFile]{
	{"version", true, func(p *parser, _ *rawFile, n *yaml.Node) { p.version(n) }},
	{"defaults", false, func(p *parser, f *rawFile, n *yaml.Node) {
		fields(p, n, "defaults", &f.defaults, defaultsKeys)
	}},
	{"floor", false, func(p *parser, f *rawFile, n *yaml.Node) { f.Floor = p.floor(n) }},
	{"generation", false, func(p *parser, f *rawFile, n *yaml.Node) { f.Generation = p.generation(n) }},
	{"max_future", false, func(p *parser, f *rawFile, n *yaml.Node) { f.MaxFuture = p.maxFuture(n) }},
	{"topics", true, func(p *parser, f *rawFile, n *yaml.Node) {
		for _, item := range p.items(n, "topics") {
			f.Topics = append(f.Topics, p.topic(item))
		}
	}},
}

var defaultsKeys = []key[defaults]{
	{"keyspace", false, func(p *parser, d *defaults, n *yaml.Node) { d.keyspace = p.name(n, "keyspace") }},
	{"consistency", false, func(p *parser, d *defaults, n *yaml.Node) { d.consistency = p.consistency(n) }},
	{"nulls", false, func(p *parser, d *defaults, n *yaml.Node) { d.nulls = p.nulls(n) }},
	{"on_error", false, func(p *parser, d *defaults, n *yaml.Node) { d.onError = p.onError(n) }},
}

func (p *parser) version(n *yaml.Node) {
	switch {
	case !p.scalar(n, "version"):
	case n.ShortTag() != tagInt || n.Value != "1":
		p.fault(pos(n), "write `version: 1`", "this ingest understands version 1 of the mapping file, not %q", n.Value)
	}
}

// check does what needs the whole file: defaults go into the entries, and
// entries are held against each other.
func (p *parser) check(f *rawFile) {
	seen := map[string]Pos{}
	for i := range f.Topics {
		t := &f.Topics[i]
		if first, twice := seen[t.Name]; twice && t.Name != "" {
			p.fault(t.Pos, "list all its tables under one entry", "topic %q is already mapped in line %d", t.Name, first.Line)
		}
		seen[t.Name] = t.Pos
		p.finishTopic(t, f.defaults)
	}
}

// finishTopic fills the defaults into a topic and its tables and decides how its
// key is read when the file does not say.
func (p *parser) finishTopic(t *Topic, d defaults) {
	if t.onErrorAt == (Pos{}) {
		t.OnError = d.onError
	}
	for i := range t.Tables {
		t.Tables[i].inherit(d)
	}
	if t.Key.Pos == (Pos{}) {
		p.inferKey(t)
	}
	if t.Key.Kind == FormatAvro {
		return
	}
	for i := range t.Tables {
		p.checkKeyPaths(t, &t.Tables[i])
	}
}

func (t *TableMapping) inherit(d defaults) {
	if t.Keyspace == "" {
		t.Keyspace = d.keyspace
	}
	if t.Consistency == "" {
		t.Consistency = d.consistency
	}
	t.Nulls = t.nulls.or(d.nulls.or(NullsUnset))
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Nulls = c.nulls.or(t.Nulls)
	}
}

// inferKey: fields can only be had from an Avro key, and a key that nothing
// reads needs no format. A whole key could be anything, so the file must say.
func (p *parser) inferKey(t *Topic) {
	t.Key.Kind = FormatNone
	for i := range t.Tables {
		table := &t.Tables[i]
		if from := table.ColumnsFrom; from != nil && from.Root == RootKey {
			t.Key.Kind = FormatAvro
		}
		for j := range table.Columns {
			if c := &table.Columns[j]; c.Source.Root == RootKey && len(c.Source.Path) > 0 {
				t.Key.Kind = FormatAvro
			}
		}
	}
	if t.Key.Kind == FormatAvro {
		return
	}
	if c := t.wholeKey(); c != nil {
		p.fault(c.At, "add `key: {format: avro}` to the topic, or string, or long", "column %q takes the whole key, and the topic does not say how keys are encoded", c.Name)
		t.Key.Kind = FormatAvro
	}
}

// wholeKey gives the first column that the key as a whole feeds.
func (t *Topic) wholeKey() *ColumnMapping {
	for i := range t.Tables {
		columns := t.Tables[i].Columns
		at := slices.IndexFunc(columns, func(c ColumnMapping) bool { return c.Source.Root == RootKey && len(c.Source.Path) == 0 })
		if at >= 0 {
			return &columns[at]
		}
	}
	return nil
}

// checkKeyPaths refuses what a key that is not Avro cannot give.
func (p *parser) checkKeyPaths(t *Topic, table *TableMapping) {
	hint := "write `key` for the whole of it, or give the key's format as avro"
	if t.Key.Kind == FormatNone {
		hint = "give the key's format: avro, string or long"
	}
	if from := table.ColumnsFrom; from != nil && from.Root == RootKey {
		p.fault(from.Pos, hint, "a key of format %s has no fields", t.Key.Kind)
	}
	for i := range table.Columns {
		c := &table.Columns[i]
		switch {
		case c.Source.Root != RootKey:
		case t.Key.Kind == FormatNone:
			p.fault(c.At, hint, "the topic's key has format none, so %s cannot be read", &c.Source)
		case len(c.Source.Path) > 0:
			p.fault(c.At, hint, "a key of format %s has no fields", t.Key.Kind)
		}
	}
}
