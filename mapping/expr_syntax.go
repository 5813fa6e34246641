package mapping

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

// syntaxFault says in our words what the library's parser could not read, and what
// to write instead. It counts in characters.
func syntaxFault(text string, err error) *pathFault {
	var found *file.Error
	if !errors.As(err, &found) {
		return exprFault(0, "", "the expression cannot be read: %v", err)
	}
	s := scanSyntax(text)
	at := byteAt(text, int64(found.From))
	for _, explain := range []func(at int, message string) *pathFault{s.text, s.limits, s.brackets, s.unexpected} {
		if fault := explain(at, found.Message); fault != nil {
			return fault
		}
	}
	return exprFault(at, "", "the expression cannot be read here: %s", found.Message)
}

// syntaxScan is a text and its tokens, as far as there are any.
type syntaxScan struct {
	src    string
	tokens []token
}

type token struct {
	at    int // byte
	kind  lexer.Kind
	value string
}

func scanSyntax(text string) *syntaxScan {
	s := &syntaxScan{src: text}
	l := lexer.New()
	l.Reset(file.NewSource(text))
	l.DisableIfOperator = true
	for {
		t, err := l.Next()
		if err != nil || t.Kind == lexer.EOF {
			return s
		}
		s.tokens = append(s.tokens, token{byteAt(text, int64(t.From)), t.Kind, t.Value})
	}
}

// near gives the token at a place and the ones around it; -1: before the first.
func (s *syntaxScan) near(at int) (previous, this, next token) {
	for i, t := range s.tokens {
		if t.at == at {
			this = t
			if i+1 < len(s.tokens) {
				next = s.tokens[i+1]
			}
			return previous, this, next
		}
		previous = t
	}
	return previous, this, next
}

// text is for what the characters of an expression cannot be.
func (s *syntaxScan) text(at int, message string) *pathFault {
	switch {
	case strings.HasPrefix(message, "literal not terminated"):
		return exprFault(s.openQuote(), "close it; a quote within a text is written \\' or \\\"", "this text does not end")
	case strings.Contains(message, "escape"):
		return exprFault(s.openQuote(), "a backslash is written \\\\", "this text has an escape that there is not")
	case strings.HasPrefix(message, "unrecognized character"):
		return exprFault(at, constHint, "%q means nothing in an expression", firstRune(s.src[at:]))
	case strings.HasPrefix(message, "bad number"):
		return exprFault(at, "a text stands in quotes", "this is no number")
	case strings.HasPrefix(message, "unclosed comment"):
		return exprFault(at, "close it with */", "this comment does not end")
	case strings.Contains(message, "literal"): // the place is that of the next token
		previous, _, _ := s.near(at)
		return exprFault(previous.at, "whole numbers go up to 9223372036854775807", "this number has more than 64 bits")
	}
	return nil
}

func firstRune(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

// openQuote gives where the last text of an expression begins.
func (s *syntaxScan) openQuote() int {
	open, quote := 0, byte(0)
	for i := 0; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"' || c == '`'):
			open, quote = i, c
		}
	}
	return open
}

func (s *syntaxScan) limits(at int, message string) *pathFault {
	switch {
	case strings.Contains(message, "maximum allowed nodes"):
		return exprFault(0, "prepare the value in the producer, or leave some of it out", "an expression has up to %d parts", maxExprNodes)
	case strings.HasPrefix(message, "Operator ("):
		_, this, _ := s.near(at)
		return exprFault(at, "put one of them into brackets: (value.a ?? value.b) "+this.value+" …", "?? and %s do not stand beside each other", this.value)
	case strings.HasPrefix(message, "expected name"):
		return exprFault(at, "a name with other characters is written in brackets: ['order-id']", "a field's name is missing after the dot")
	case strings.HasPrefix(message, "expected at least"):
		return exprFault(at, "a condition follows the list: any(value.items, .qty > 1)", "an argument is missing")
	case strings.HasPrefix(message, "a map key must be"):
		return exprFault(at, "write {name: …} or {'name': …}", "the name of an entry is a name or a text in quotes")
	case strings.HasPrefix(message, "wrap predicate"):
		return exprFault(at, "put it into braces: map(value.items, {let x = .qty; x * x})", "a `;` ends nothing here")
	}
	return nil
}

// brackets finds one that is never closed, or never opened.
func (s *syntaxScan) brackets(at int, message string) *pathFault {
	const closing, opening = ")]}", "([{"
	var open []token
	for _, t := range s.tokens {
		switch {
		case t.kind != lexer.Bracket:
		case strings.Contains(opening, t.value):
			open = append(open, t)
		case len(open) == 0:
			return exprFault(t.at, "remove it, or open it before", "%q was never opened", t.value)
		case strings.Index(closing, t.value) != strings.Index(opening, open[len(open)-1].value):
			last := open[len(open)-1]
			return exprFault(t.at, "close it with "+closing[strings.Index(opening, last.value):][:1]+" first", "%q does not close %q of character %d", t.value, last.value, 1+len([]rune(s.src[:last.at])))
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		last := open[len(open)-1]
		return exprFault(last.at, "close it with "+closing[strings.Index(opening, last.value):][:1], "%q is not closed", last.value)
	}
	return nil
}

// otherWords are what other languages say.
var otherWords = map[string]string{
	"AND": "write and", "OR": "write or", "NOT": "write not", "IN": "write in", "is": "write == nil", "IS": "write == nil", "&": "write and, or concat(…) for texts",
	"if": "write condition ? this : that", "else": "write condition ? this : that", "then": "write condition ? this : that", "case": "write condition ? this : that",
	"like": "write startsWith, endsWith, contains or matches", "LIKE": "write startsWith, endsWith, contains or matches",
	"null": "write nil", "NULL": "write nil", "None": "write nil", "undefined": "write nil", "True": "write true", "False": "write false", "TRUE": "write true", "FALSE": "write false",
	"this": "write value, or # within filter and its like", "root": "write value", "content": "write value", "headers": "write header['name']", "metadata": "write meta",
	"timestamp": "write meta.timestamp", "topic": "write meta.topic", "partition": "write meta.partition", "offset": "write meta.offset",
}

// unexpected is for a token that cannot stand where it does.
func (s *syntaxScan) unexpected(at int, message string) *pathFault {
	if !strings.HasPrefix(message, "unexpected") {
		return nil
	}
	if strings.HasSuffix(message, "EOF") || strings.Contains(message, "end of expression") {
		return exprFault(len(s.src), "write what follows, or remove what needs it", "the expression ends where something must follow")
	}
	previous, this, next := s.near(at)
	hint := otherWords[this.value]
	if hint == "" {
		hint = otherWords[previous.value]
	}
	switch {
	case this.value == "=" && next.value == ">":
		return exprFault(at, "`#` is the item: any(value.items, # > 1), any(value.items, .qty > 1)", "functions cannot be written here")
	case this.value == "=" && strings.HasSuffix(previous.value, "="):
		return exprFault(at, "write == or !=", "there is no operator %q", previous.value+"=")
	case this.value == "=":
		return exprFault(at, "compare with ==", "nothing can be assigned")
	case this.value == ">" && previous.value == "<":
		return exprFault(previous.at, "write !=", `there is no operator "<>"`)
	case hint != "":
		return exprFault(at, hint, "%q is not expected here", this.value)
	case this.kind == lexer.Identifier || this.kind == lexer.String || this.kind == lexer.Number:
		return exprFault(at, "an operator or a comma is missing; "+constHint, "%q is not expected here", this.value)
	}
	return exprFault(at, constHint, "%q is not expected here", this.value)
}

// pipe refuses what the library has for calls written the other way round.
func (s *syntaxScan) pipe() *pathFault {
	for i, t := range s.tokens {
		if t.kind == lexer.Operator && t.value == "|" {
			hint := "write `or`, or put the function around its argument: lower(value.s)"
			if i+1 < len(s.tokens) && s.tokens[i+1].kind == lexer.Identifier {
				hint = "write the function around it: " + s.tokens[i+1].value + "(…)"
			}
			return exprFault(t.at, hint, `there is no operator "|"`)
		}
	}
	return nil
}
