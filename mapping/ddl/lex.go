package ddl

import (
	"strings"
	"unicode/utf8"

	"ingest/mapping"
)

// kind is what a token is.
type kind uint8

const (
	end    kind = iota
	name        // an identifier or keyword, folded to lower case
	quoted      // a quoted identifier, in its true case
	text        // a string constant
	number      // a number, or another constant that begins with a digit
	symbol      // one other character
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
	return (t.kind == name || t.kind == symbol) && t.text == word
}

// lexer cuts a file into tokens.
type lexer struct {
	src       string
	pos       int
	line, col int
	fault     func(at mapping.Pos, message string)
}

// lex gives the tokens of a file, the last one of kind end.
func lex(src string, fault func(at mapping.Pos, message string)) []token {
	l := &lexer{src: src, line: 1, col: 1, fault: fault}
	var tokens []token
	for {
		l.blank()
		t := l.next()
		tokens = append(tokens, t)
		if t.kind == end {
			return tokens
		}
	}
}

func (l *lexer) rest() string { return l.src[l.pos:] }

// take moves over n bytes and gives them.
func (l *lexer) take(n int) string {
	taken := l.src[l.pos : l.pos+n]
	l.pos += n
	if lines := strings.Count(taken, "\n"); lines > 0 {
		l.line += lines
		l.col = 1
		taken = taken[strings.LastIndexByte(taken, '\n')+1:]
	}
	l.col += utf8.RuneCountInString(taken)
	return l.src[l.pos-n : l.pos]
}

// until gives how many bytes there are up to a mark and with it; ok is false
// when the mark does not come, and then it is all that is left.
func (l *lexer) until(from int, mark string) (n int, ok bool) {
	if i := strings.Index(l.rest()[from:], mark); i >= 0 {
		return from + i + len(mark), true
	}
	return len(l.rest()), false
}

// blank moves over white space and comments.
func (l *lexer) blank() {
	for l.pos < len(l.src) {
		rest := l.rest()
		switch {
		case strings.IndexByte(" \t\r\n\f\ufeff", rest[0]) >= 0 && rest[0] < utf8.RuneSelf:
			l.take(1)
		case strings.HasPrefix(rest, "\ufeff"):
			l.take(len("\ufeff"))
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
			n, _ := l.until(0, "\n")
			l.take(n)
		case strings.HasPrefix(rest, "/*"):
			n, ok := l.until(2, "*/")
			if !ok {
				l.fault(mapping.Pos{Line: l.line, Col: l.col}, "this comment does not end")
			}
			l.take(n)
		default:
			return
		}
	}
}

// next takes one token.
func (l *lexer) next() token {
	t := token{at: mapping.Pos{Line: l.line, Col: l.col}}
	rest := l.rest()
	switch {
	case rest == "":
		return t
	case rest[0] == '"':
		t.kind, t.text = quoted, l.enclosed('"', t.at)
	case rest[0] == '\'':
		t.kind, t.text = text, l.enclosed('\'', t.at)
	case strings.HasPrefix(rest, "$$"):
		n, ok := l.until(2, "$$")
		if !ok {
			l.fault(t.at, "this text does not end")
		}
		t.kind, t.text = text, l.take(n)
	case isLetter(rest[0]):
		t.kind, t.text = name, strings.ToLower(l.take(wordLength(rest)))
	case isDigit(rest[0]):
		t.kind, t.text = number, l.take(wordLength(rest))
	default:
		_, n := utf8.DecodeRuneInString(rest)
		t.kind, t.text = symbol, l.take(n)
	}
	return t
}

// enclosed takes what stands in quotes; a quote inside is doubled.
func (l *lexer) enclosed(quote byte, at mapping.Pos) string {
	rest := l.rest()
	for i := 1; i < len(rest); i++ {
		if rest[i] != quote {
			continue
		}
		if i+1 < len(rest) && rest[i+1] == quote {
			i++
			continue
		}
		inner := l.take(i + 1)[1:i]
		return strings.ReplaceAll(inner, string([]byte{quote, quote}), string(quote))
	}
	l.fault(at, "this quote does not end")
	return l.take(len(rest))[1:]
}

func wordLength(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '_') {
		n++
	}
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
