package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a path.
const (
	maxPathLength = 1024 // bytes
	maxPathSteps  = 64
)

var (
	rootNames = []string{"value", "key", "header", "meta", "item", "item_index", "item_key", "before", "source", "op", "envelope"}
	metaNames = []string{"topic", "partition", "offset", "timestamp", "schema_id"}
)

// pathFault says where and why a text is no path.
type pathFault struct {
	at            int // byte offset in the text
	message, hint string
	more          bool // it may be an expression
}

// parsePath reads a path: value.a.b[0]['c'], key.id, key, header['name'],
// meta.offset.
func parsePath(text string) (Source, *pathFault) {
	s := pathScanner{text: text}
	if len(text) > maxPathLength {
		return Source{}, s.fail(0, "", "a path has up to %d bytes", maxPathLength)
	}
	root := s.name()
	switch root {
	case "value", "key", "item", "before", "source", "envelope":
		steps, err := s.steps()
		return Source{Root: pathRoots[root], Path: steps}, err
	case "item_index", "item_key", "op":
		return Source{Root: pathRoots[root]}, s.end(root)
	case "header":
		return s.header()
	case "meta":
		return s.meta()
	}
	if root != "" && s.looksLikePath() {
		hint := "a path starts with value, key, header or meta; for a constant text write {const: " + text + "}"
		if best := nearest(root, rootNames); best != "" {
			hint = "did you mean \"" + best + "\"? For a constant text write {const: " + text + "}"
		}
		return Source{}, s.fail(0, hint, "%q is not a path", text)
	}
	return Source{}, s.expression()
}

// looksLikePath reports whether what follows a root that there is not is all steps
// of a path, be they right or wrong.
func (s *pathScanner) looksLikePath() bool {
	_, fault := s.steps()
	return fault == nil || !fault.more
}

// pathRoots are the roots by their names.
var pathRoots = map[string]Root{
	"value": RootValue, "key": RootKey, "item": RootItem, "item_index": RootItemIndex, "item_key": RootItemKey,
	"before": RootBefore, "source": RootSource, "op": RootOp, "envelope": RootEnvelope,
}

// String gives the name of a root that paths start with.
func (r Root) String() string {
	for name, root := range pathRoots {
		if root == r {
			return name
		}
	}
	return ""
}

// end is the error for what follows a root that has no fields.
func (s *pathScanner) end(root string) *pathFault {
	if s.pos == len(s.text) {
		return nil
	}
	return s.rest(root + " has no fields")
}

// pathRootOf gives the root that a text starts with, "" when it is none.
func pathRootOf(text string) string {
	s := pathScanner{text: text}
	if root := s.name(); slices.Contains(rootNames, root) {
		return root
	}
	return ""
}

type pathScanner struct {
	text string
	pos  int
}

func (s *pathScanner) fail(at int, hint, format string, args ...any) *pathFault {
	return &pathFault{at: at, message: fmt.Sprintf(format, args...), hint: hint}
}

// expression says that the text is more than a path.
func (s *pathScanner) expression() *pathFault {
	fault := s.fail(s.pos, "", "this is no path")
	fault.more = true
	return fault
}

// peek gives the next byte, 0 at the end.
func (s *pathScanner) peek() byte {
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

// name reads an Avro name: a letter or underscore, then digits too.
func (s *pathScanner) name() string {
	start := s.pos
	for s.pos < len(s.text) && isNameByte(s.text[s.pos], s.pos > start) {
		s.pos++
	}
	return s.text[start:s.pos]
}

func isNameByte(c byte, digits bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || digits && '0' <= c && c <= '9'
}

// steps reads what follows value or key, to the end of the text.
func (s *pathScanner) steps() ([]Step, *pathFault) {
	var steps []Step
	for s.pos < len(s.text) {
		step, err := s.step()
		if err != nil {
			return nil, err
		}
		if steps = append(steps, step); len(steps) > maxPathSteps {
			return nil, s.fail(0, "", "a path has up to %d steps", maxPathSteps)
		}
	}
	return steps, nil
}

func (s *pathScanner) step() (Step, *pathFault) {
	switch s.peek() {
	case '.':
		s.pos++
		if name := s.name(); name != "" {
			return Step{Kind: StepField, Name: name}, nil
		}
		return Step{}, s.fail(s.pos, "a name with other characters is written in brackets: ['order-id']", "a field's name is missing after the dot")
	case '[':
		if quote := s.after(); quote == '\'' || quote == '"' {
			name, err := s.bracketed()
			return Step{Kind: StepKey, Name: name}, err
		}
		return s.index()
	}
	return Step{}, s.expression()
}

// after gives the byte behind the next one.
func (s *pathScanner) after() byte {
	if s.pos+1 >= len(s.text) {
		return 0
	}
	return s.text[s.pos+1]
}

func (s *pathScanner) index() (Step, *pathFault) {
	start := s.pos + 1
	end := strings.IndexByte(s.text[s.pos:], ']')
	if end < 0 {
		return Step{}, s.fail(s.pos, "", "this bracket is not closed")
	}
	digits := s.text[start : s.pos+end]
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 || digits != strconv.FormatInt(n, 10) { // 007 and -0 are spellings of others
		return Step{}, s.fail(start, "write a whole number from 0, or a map's key in quotes: ['name']", "%q is not an index", digits)
	}
	s.pos += end + 1
	return Step{Kind: StepIndex, Index: int(n)}, nil
}

// bracketed reads ['name'] or ["name"]. The quote and the backslash are written
// with a backslash before them.
func (s *pathScanner) bracketed() (string, *pathFault) {
	start := s.pos
	quote := s.after()
	var b strings.Builder
	for i := s.pos + 2; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c == '\\' && i+1 < len(s.text) && (s.text[i+1] == quote || s.text[i+1] == '\\'):
			i++
			b.WriteByte(s.text[i])
		case c == quote && i+1 < len(s.text) && s.text[i+1] == ']':
			s.pos = i + 2
			return b.String(), nil
		case c == quote:
			return "", s.fail(start, "", "this bracket is not closed after the name")
		default:
			b.WriteByte(c)
		}
	}
	return "", s.fail(start, "", "the name in this bracket does not end")
}

func (s *pathScanner) header() (Source, *pathFault) {
	const hint = "write header['name']"
	if quote := s.after(); s.peek() != '[' || quote != '\'' && quote != '"' {
		return Source{}, s.fail(s.pos, hint, "a header's name stands in brackets and quotes")
	}
	name, err := s.bracketed()
	if err == nil && s.pos < len(s.text) {
		if err = s.rest("a header has no fields"); !err.more {
			err.hint = "remove what follows " + s.text[:s.pos]
		}
	}
	return Source{Root: RootHeader, Name: name}, err
}

func (s *pathScanner) meta() (Source, *pathFault) {
	if s.peek() != '.' {
		return Source{}, s.fail(s.pos, "there are: "+quoteList(metaNames), "meta needs one of its fields: meta.offset")
	}
	s.pos++
	start := s.pos
	name := s.name()
	if !slices.Contains(metaNames, name) {
		return Source{}, s.fail(start, suggest(name, metaNames, "there are"), "meta has no field %q", name)
	}
	var err *pathFault
	if s.pos < len(s.text) {
		err = s.rest("meta." + name + " has no fields")
	}
	return Source{Root: RootMeta, Name: name}, err
}

// rest is the error for what follows a path that goes no further.
func (s *pathScanner) rest(message string) *pathFault {
	if c := s.peek(); c == '.' || c == '[' {
		return s.fail(s.pos, "", "%s", message)
	}
	return s.expression()
}
