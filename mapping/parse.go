package mapping

import (
	"bytes"

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
	for i := range f.Topics {
		p.finishTopic(&f.Topics[i], f.defaults)
	}
	p.spread(&f.File)
}

// finishTopic fills the defaults into a topic and its tables and decides how its
// key is read when the file does not say.
func (p *parser) finishTopic(t *Topic, d defaults) {
	if t.onErrorAt == (Pos{}) {
		t.OnError = d.onError
	}
	for i := range t.Tables {
		t.Tables[i].inherit(d, t.nullsUnstated())
		p.checkWrite(t, &t.Tables[i])
	}
	p.checkDispatch(t)
	p.checkEnvelope(t)
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

func (t *TableMapping) inherit(d defaults, unstated Nulls) {
	if t.Keyspace == "" {
		t.Keyspace = d.keyspace
	}
	if t.Consistency == "" {
		t.Consistency = d.consistency
	}
	t.Nulls = t.nulls.or(d.nulls.or(unstated))
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Nulls = c.nulls.or(t.Nulls)
	}
}
