package cql

import (
	"strings"
	"unicode/utf8"
)

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	End     Kind = iota
	Word         // an identifier or keyword, folded to lower case
	Quoted       // a quoted identifier, in its true case
	Text         // a string constant, without its quotes
	Number       // a number, or another constant that begins as one: 0x…, 1h, a UUID
	Symbol       // one other character
	Comment      // with its marks
)

// Token is a piece of a text.
type Token struct {
	Kind Kind
	Text string
	// At and End are offsets in bytes of the text.
	At, End int
}

// Is reports whether the token is a keyword or symbol. A quoted identifier never
// is a keyword.
func (t *Token) Is(word string) bool {
	return (t.Kind == Word || t.Kind == Symbol) && t.Text == word
}

// Fault says where, in bytes from the start, and why a text is refused, and what to
// write.
type Fault struct {
	At            int
	Message, Hint string
}

type lexer struct {
	src    string
	pos    int
	faults []Fault
}

// Lex gives the tokens of a text, the last one of kind End.
func Lex(src string) ([]Token, []Fault) {
	l := &lexer{src: src}
	var tokens []Token
	for {
		l.blank()
		t := Token{At: l.pos}
		l.next(&t)
		t.End = l.pos
		tokens = append(tokens, t)
		if t.Kind == End {
			return tokens, l.faults
		}
	}
}

func (l *lexer) rest() string { return l.src[l.pos:] }

func (l *lexer) fault(at int, message string) {
	l.faults = append(l.faults, Fault{At: at, Message: message, Hint: "close it"})
}

// take moves over n bytes and gives them.
func (l *lexer) take(n int) string {
	l.pos += n
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

// blank moves over white space and byte order marks.
func (l *lexer) blank() {
	for l.pos < len(l.src) {
		switch rest := l.rest(); {
		case strings.IndexByte(" \t\r\n\f", rest[0]) >= 0:
			l.take(1)
		case strings.HasPrefix(rest, "\ufeff"):
			l.take(len("\ufeff"))
		default:
			return
		}
	}
}

func (l *lexer) next(t *Token) {
	rest := l.rest()
	switch {
	case rest == "":
	case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
		n, _ := l.until(0, "\n")
		t.Kind, t.Text = Comment, l.take(n)
	case strings.HasPrefix(rest, "/*"):
		n, ok := l.until(2, "*/")
		if !ok {
			l.fault(l.pos, "this comment does not end")
		}
		t.Kind, t.Text = Comment, l.take(n)
	case rest[0] == '"':
		t.Kind, t.Text = Quoted, l.enclosed('"')
	case rest[0] == '\'':
		t.Kind, t.Text = Text, l.enclosed('\'')
	case strings.HasPrefix(rest, "$$"):
		n, ok := l.until(2, "$$")
		if !ok {
			l.fault(l.pos, "this text does not end")
		}
		t.Kind, t.Text = Text, l.take(n)
	case uuidLength(rest) > 0:
		t.Kind, t.Text = Number, l.take(uuidLength(rest))
	case isDigit(rest[0]):
		t.Kind, t.Text = Number, l.take(numberLength(rest))
	case isLetter(rest[0]):
		t.Kind, t.Text = Word, strings.ToLower(l.take(wordLength(rest)))
	default:
		_, n := utf8.DecodeRuneInString(rest)
		t.Kind, t.Text = Symbol, l.take(n)
	}
}

// enclosed takes what stands in quotes; a quote inside is doubled.
func (l *lexer) enclosed(quote byte) string {
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
	l.fault(l.pos, "this quote does not end")
	return l.take(len(rest))[1:]
}

func wordLength(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '_') {
		n++
	}
	return n
}

// numberLength measures 1, 1.5, 1.5e-3, and what else begins with a digit: 0xcafe,
// 1h30m.
func numberLength(s string) int {
	n := wordLength(s)
	if n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
		n += 1 + wordLength(s[n+1:])
	}
	if n+1 < len(s) && s[n-1]|0x20 == 'e' && (s[n] == '-' || s[n] == '+') && isDigit(s[n+1]) && !strings.HasPrefix(s, "0x") {
		n += 1 + wordLength(s[n+1:])
	}
	return n
}

// uuidLength gives the length of the UUID that a text begins with, 0 when it begins
// with none.
func uuidLength(s string) int {
	const form = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"
	if len(s) < len(form) {
		return 0
	}
	for i := range len(form) {
		hex := isDigit(s[i]) || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'f'
		if form[i] == 'h' && !hex || form[i] == '-' && s[i] != '-' {
			return 0
		}
	}
	return len(form)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
