package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxTypeDepth bounds how deep types nest; Cassandra's own types stay far below.
const maxTypeDepth = 32

// maxVectorSize is the largest dimension Cassandra 5.0 accepts for a vector.
const maxVectorSize = 1 << 16

var scalarKinds = map[string]TypeKind{
	"ascii": TypeASCII, "bigint": TypeBigint, "blob": TypeBlob, "boolean": TypeBoolean, "counter": TypeCounter,
	"decimal": TypeDecimal, "double": TypeDouble, "float": TypeFloat, "int": TypeInt, "timestamp": TypeTimestamp,
	"uuid": TypeUUID, "text": TypeText, "varchar": TypeText, "varint": TypeVarint, "timeuuid": TypeTimeUUID, "inet": TypeInet,
	"date": TypeDate, "time": TypeTime, "smallint": TypeSmallint, "tinyint": TypeTinyint, "duration": TypeDuration,
}

// scalarTypes are shared: types are immutable.
var scalarTypes = func() map[TypeKind]*Type {
	m := make(map[TypeKind]*Type, len(scalarNames))
	for kind := range scalarNames {
		m[kind] = &Type{Kind: kind}
	}
	return m
}()

func isTypeName(name string) bool {
	switch name {
	case "list", "set", "map", "tuple", "vector", "frozen":
		return true
	}
	_, ok := scalarKinds[name]
	return ok
}

// ParseType reads a type as system_schema.columns.type writes it, for example
// map<text, frozen<list<int>>>. The name of a user-defined type, unquoted and
// in its true case, is given to udt, which may be nil when there is none.
func ParseType(text string, udt func(name string) (*Type, error)) (*Type, error) {
	p := typeParser{text: text, udt: udt}
	t, err := p.parse(0)
	if err == nil && p.peek() != 0 {
		err = fmt.Errorf("unexpected text at position %d", p.pos+1)
	}
	if err != nil {
		return nil, fmt.Errorf("CQL type %q: %w", text, err)
	}
	return t, nil
}

type typeParser struct {
	text string
	pos  int
	udt  func(name string) (*Type, error)
}

// peek skips blanks and gives the next byte, 0 at the end.
func (p *typeParser) peek() byte {
	for p.pos < len(p.text) && p.text[p.pos] == ' ' {
		p.pos++
	}
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *typeParser) expect(c byte) error {
	if p.peek() != c {
		return fmt.Errorf("expected %q at position %d", c, p.pos+1)
	}
	p.pos++
	return nil
}

func (p *typeParser) parse(depth int) (*Type, error) {
	if depth >= maxTypeDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxTypeDepth)
	}
	switch p.peek() {
	case '"':
		name, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.userType(name)
	case '\'':
		return nil, errors.New("custom types are not supported")
	}
	word := p.word()
	if word == "" {
		return nil, fmt.Errorf("expected a type at position %d", p.pos+1)
	}
	if kind, ok := scalarKinds[word]; ok {
		return scalarTypes[kind], nil
	}
	if isTypeName(word) {
		return p.nested(word, depth)
	}
	return p.userType(word)
}

// word reads an unquoted name, which CQL folds to lower case.
func (p *typeParser) word() string {
	start := p.pos
	for p.pos < len(p.text) && isWord(p.text[p.pos]) {
		p.pos++
	}
	return strings.ToLower(p.text[start:p.pos])
}

func (p *typeParser) quoted() (string, error) {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		if p.text[i] != '"' {
			b.WriteByte(p.text[i])
			continue
		}
		if i+1 < len(p.text) && p.text[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		p.pos = i + 1
		return b.String(), nil
	}
	return "", errors.New("a quoted name does not end")
}

func (p *typeParser) userType(name string) (*Type, error) {
	if p.udt == nil {
		return nil, fmt.Errorf("unknown type %s", name)
	}
	t, err := p.udt(name)
	if err != nil {
		return nil, fmt.Errorf("user-defined type %s: %w", name, err)
	}
	return t, nil
}

func (p *typeParser) nested(word string, depth int) (*Type, error) {
	if err := p.expect('<'); err != nil {
		return nil, err
	}
	t, err := p.arguments(word, depth)
	if err != nil {
		return nil, err
	}
	return t, p.expect('>')
}

// arguments reads what stands between a type's angle brackets.
func (p *typeParser) arguments(word string, depth int) (*Type, error) {
	first, err := p.parse(depth + 1)
	if err != nil {
		return nil, err
	}
	switch word {
	case "frozen":
		frozen := *first
		frozen.Frozen = true
		return &frozen, nil
	case "list":
		return &Type{Kind: TypeList, Elem: first}, nil
	case "set":
		return &Type{Kind: TypeSet, Elem: first}, nil
	case "map":
		if err := p.expect(','); err != nil {
			return nil, err
		}
		value, err := p.parse(depth + 1)
		return &Type{Kind: TypeMap, Key: first, Elem: value}, err
	case "vector":
		size, err := p.dimension()
		return &Type{Kind: TypeVector, Elem: first, Size: size}, err
	}
	elems := []*Type{first}
	for p.peek() == ',' {
		p.pos++
		next, err := p.parse(depth + 1)
		if err != nil {
			return nil, err
		}
		elems = append(elems, next)
	}
	return &Type{Kind: TypeTuple, Elems: elems}, nil
}

func (p *typeParser) dimension() (int, error) {
	if err := p.expect(','); err != nil {
		return 0, err
	}
	p.peek()
	size, err := strconv.Atoi(p.word())
	if err != nil || size < 1 || size > maxVectorSize {
		return 0, fmt.Errorf("a vector has 1 to %d elements", maxVectorSize)
	}
	return size, nil
}
