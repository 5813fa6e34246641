package cql

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of a statement.
const (
	MaxLength = 16 << 10 // bytes
	MaxBinds  = 1000
	maxDepth  = 16 // of terms within terms
)

// Parse reads a statement. It gives nil when there is a fault.
func Parse(text string) (*Statement, []Fault) {
	if len(text) > MaxLength {
		return nil, []Fault{{Message: fmt.Sprintf("the statement has %d bytes; at most %d are read", len(text), MaxLength)}}
	}
	tokens, faults := Lex(text)
	p := &parser{src: text, faults: faults, st: &Statement{Verbatim: text}}
	p.strip(tokens)
	if len(p.faults) == 0 || !p.broken {
		p.statement()
	}
	if len(p.faults) > 0 {
		return nil, p.faults
	}
	return p.st, nil
}

type parser struct {
	src    string
	tokens []Token
	pos    int
	faults []Fault
	broken bool // the rest of the text means nothing any more
	st     *Statement
	depth  int
}

func (p *parser) fault(at int, hint, format string, args ...any) {
	p.faults = append(p.faults, Fault{At: at, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// stop is a fault after which nothing more can be read.
func (p *parser) stop(at int, hint, format string, args ...any) bool {
	if !p.broken {
		p.fault(at, hint, format, args...)
	}
	p.broken = true
	return false
}

// strip refuses comments and markers without a name, wherever they are, and leaves
// them out. A text or comment that does not end hides the rest.
func (p *parser) strip(tokens []Token) {
	p.broken = len(p.faults) > 0
	for i := range tokens {
		switch t := &tokens[i]; {
		case t.Kind == Comment && !p.broken:
			p.fault(t.At, "write it as a YAML comment, before the key `cql:`", "a statement holds no comments")
			continue
		case t.Kind == Comment:
			continue
		case t.Is("?"):
			p.fault(t.At, "write a name, as in :id, and say under `columns:` what feeds it", "a statement has no markers without a name")
			tokens[i] = Token{Kind: Symbol, Text: "?", At: t.At, End: t.End}
		}
		p.tokens = append(p.tokens, tokens[i])
	}
}

func (p *parser) peek() *Token { return &p.tokens[p.pos] }

// second gives the token after the next.
func (p *parser) second() *Token { return &p.tokens[min(p.pos+1, len(p.tokens)-1)] }

func (p *parser) next() *Token {
	t := p.peek()
	if t.Kind != End {
		p.pos++
	}
	return t
}

// skip takes words or symbols if they come next, all of them.
func (p *parser) skip(words ...string) bool {
	for i, word := range words {
		if at := p.pos + i; at >= len(p.tokens) || !p.tokens[at].Is(word) {
			return false
		}
	}
	p.pos += len(words)
	return true
}

// expect takes a word that must come next, and writes it.
func (p *parser) expect(word string) bool {
	if p.skip(word) {
		p.write(strings.ToUpper(word))
		return true
	}
	t := p.peek()
	return p.stop(t.At, "", "expected %s, found %s", strings.ToUpper(word), t.quote())
}

func (t *Token) quote() string {
	switch t.Kind {
	case End:
		return "the end of the statement"
	case Text:
		return "a text"
	}
	return fmt.Sprintf("%q", t.Text)
}

// write adds to the text as it is.
func (p *parser) write(text string) {
	if n := len(p.st.Pieces); n > 0 && p.st.Pieces[n-1].Kind == Verbatim {
		p.st.Pieces[n-1].Text += text
		return
	}
	p.st.Pieces = append(p.st.Pieces, Piece{Kind: Verbatim, Text: text})
}

func (p *parser) add(piece Piece) { p.st.Pieces = append(p.st.Pieces, piece) }

// identifier takes a name without writing it.
func (p *parser) identifier(what string) (Name, bool) {
	t := p.peek()
	if t.Kind != Word && t.Kind != Quoted || t.Text == "" {
		return Name{}, p.stop(t.At, "", "expected %s, found %s", what, t.quote())
	}
	p.next()
	return Name{Text: t.Text, At: t.At}, true
}

// column takes the name of a column and writes it.
func (p *parser) column() (Name, bool) {
	n, ok := p.identifier("a column")
	if ok {
		p.add(Piece{Kind: Ident, Text: n.Text})
	}
	return n, ok
}

// name takes the name of a bind as it is written: it is the mapping file's, where
// case matters.
func (p *parser) name() string {
	t := p.next()
	if t.Kind == Quoted {
		return t.Text
	}
	return p.src[t.At:t.End]
}

// statement reads the one statement.
func (p *parser) statement() {
	start := p.peek()
	ok := false
	switch {
	case p.skip("insert"):
		p.st.Verb = Insert
		ok = p.insert()
	case p.skip("update"):
		p.st.Verb = Update
		ok = p.update()
	case p.skip("delete"):
		p.st.Verb = Delete
		ok = p.delete()
	default:
		p.other(start)
	}
	if ok {
		p.ends()
	}
}

// other says why a statement of another kind is refused.
func (p *parser) other(start *Token) {
	const one = "`cql:` is one INSERT, UPDATE or DELETE"
	switch {
	case start.Kind == End:
		p.stop(start.At, one, "the statement is empty")
	case start.Is("begin"), start.Is("apply"):
		p.stop(start.At, "write the statement alone: rows are put into batches as `INGEST_BATCH_*` says", "a batch is no statement of one row")
	case start.Is("select"):
		p.stop(start.At, one, "SELECT writes nothing")
	case start.Is("truncate"):
		p.stop(start.At, "run it by hand", "TRUNCATE is about a whole table, not about the row of a record")
	case slices.ContainsFunc([]string{"create", "alter", "drop", "use", "grant", "revoke", "list", "describe"}, start.Is):
		p.stop(start.At, "run it by hand, before the worker starts", "%s is no statement that writes a row", strings.ToUpper(start.Text))
	default:
		p.stop(start.At, one, "expected INSERT, UPDATE or DELETE, found %s", start.quote())
	}
}

// ends demands that nothing follows but one semicolon.
func (p *parser) ends() {
	semicolon := p.skip(";")
	t := p.peek()
	switch {
	case t.Kind == End:
	case semicolon:
		p.stop(t.At, "give the second statement an entry of its own under `tables:`", "there is a second statement")
	default:
		p.stop(t.At, "", "expected the end of the statement, found %s", t.quote())
	}
}

// table takes the table.
func (p *parser) table() bool {
	n, ok := p.identifier("a table")
	if !ok {
		return false
	}
	if p.skip(".") {
		p.st.Keyspace = n
		if n, ok = p.identifier("a table"); !ok {
			return false
		}
	}
	p.st.Table = n
	p.add(Piece{Kind: TableName})
	return true
}

func (p *parser) insert() bool {
	p.write("INSERT ")
	if !p.expect("into") {
		return false
	}
	p.write(" ")
	if !p.table() {
		return false
	}
	if t := p.peek(); t.Is("json") {
		return p.stop(t.At, "write the columns: (id, name) VALUES (:id, :name)", "INSERT JSON hides which columns are written")
	}
	p.write(" ")
	var columns []Name
	if !p.list("(", ")", func() bool {
		n, ok := p.column()
		columns = append(columns, n)
		return ok
	}) {
		return false
	}
	p.write(" ")
	if !p.expect("values") {
		return false
	}
	p.write(" ")
	open := p.peek().At
	var values []*Term
	if !p.list("(", ")", func() bool {
		v, ok := p.term()
		values = append(values, v)
		return ok
	}) {
		return false
	}
	if len(columns) != len(values) {
		p.fault(open, "give each column one value", "%d columns and %d values", len(columns), len(values))
	}
	for i := range min(len(columns), len(values)) {
		p.st.Sets = append(p.st.Sets, Set{Column: columns[i], Value: values[i]})
	}
	if p.skip("if", "not", "exists") {
		p.st.If = IfNotExists
		p.write(" IF NOT EXISTS")
	}
	return p.using()
}

// list reads what stands between two symbols, separated by commas, and writes them.
func (p *parser) list(open, end string, item func() bool) bool {
	if !p.expect(open) {
		return false
	}
	for {
		if !item() {
			return false
		}
		if p.skip(",") {
			p.write(", ")
			continue
		}
		return p.expect(end)
	}
}

func (p *parser) update() bool {
	p.write("UPDATE ")
	if !p.table() || !p.using() {
		return false
	}
	p.write(" ")
	if !p.expect("set") {
		return false
	}
	p.write(" ")
	for {
		if !p.assignment() {
			return false
		}
		if !p.skip(",") {
			break
		}
		p.write(", ")
	}
	return p.where() && p.condition()
}

func (p *parser) delete() bool {
	p.write("DELETE ")
	for !p.peek().Is("from") {
		if !p.selection() {
			return false
		}
		if p.skip(",") {
			p.write(", ")
			continue
		}
		p.write(" ")
		break
	}
	if !p.expect("from") {
		return false
	}
	p.write(" ")
	return p.table() && p.using() && p.where() && p.condition()
}

// selection reads what a DELETE empties: a column, an element, a field.
func (p *parser) selection() bool {
	column, ok := p.column()
	if !ok {
		return false
	}
	s := Set{Column: column, Change: Remove}
	switch {
	case p.peek().Is("["):
		s.Change = RemoveAt
		if s.Key, ok = p.element(); !ok {
			return false
		}
	case p.skip("."):
		s.Change = RemoveField
		if s.Field, ok = p.field(); !ok {
			return false
		}
	}
	p.st.Sets = append(p.st.Sets, s)
	return true
}

// element reads [key].
func (p *parser) element() (*Term, bool) {
	if !p.expect("[") {
		return nil, false
	}
	key, ok := p.term()
	return key, ok && p.expect("]")
}

// field reads the name behind a dot.
func (p *parser) field() (Name, bool) {
	p.write(".")
	n, ok := p.identifier("a field")
	if ok {
		p.add(Piece{Kind: Ident, Text: n.Text})
	}
	return n, ok
}
