package ddl

import (
	"strings"
	"unicode/utf8"

	"ingest/mapping"
	"ingest/mapping/cql"
)

// kind is what a token is.
type kind = cql.Kind

const (
	end    = cql.End
	name   = cql.Word   // an identifier or keyword, folded to lower case
	quoted = cql.Quoted // a quoted identifier, in its true case
	text   = cql.Text
	number = cql.Number
)

// token is a piece of a file.
type token struct {
	kind kind
	text string
	at   mapping.Pos
}

// is reports whether the token is a keyword or symbol. A quoted identifier never
// is a keyword.
func (t *token) is(word string) bool {
	return (t.kind == name || t.kind == cql.Symbol) && t.text == word
}

// lex gives the tokens of a file without its comments, the last one of kind end.
func lex(src string, fault func(at mapping.Pos, message string)) []token {
	found, faults := cql.Lex(src)
	var tokens []token
	place := place{src: src, line: 1, col: 1}
	for i := range found {
		for len(faults) > 0 && faults[0].At <= found[i].At {
			fault(place.move(faults[0].At), faults[0].Message)
			faults = faults[1:]
		}
		if f := &found[i]; f.Kind != cql.Comment {
			tokens = append(tokens, token{kind: f.Kind, text: f.Text, at: place.move(f.At)})
		}
	}
	return tokens
}

// place walks through a file.
type place struct {
	src       string
	at        int
	line, col int
}

// move goes on to a byte.
func (p *place) move(to int) mapping.Pos {
	passed := p.src[p.at:to]
	p.at = to
	if lines := strings.Count(passed, "\n"); lines > 0 {
		p.line += lines
		p.col = 1
		passed = passed[strings.LastIndexByte(passed, '\n')+1:]
	}
	p.col += utf8.RuneCountInString(passed)
	return mapping.Pos{Line: p.line, Col: p.col}
}
