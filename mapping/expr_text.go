package mapping

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"
)

func split(b *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	n := strings.Count(t[0], t[1])
	if err := errors.Join(b.step(n), b.take(16*n)); err != nil {
		return nil, err
	}
	list := []any{}
	for _, part := range strings.Split(t[0], t[1]) {
		list = append(list, part)
	}
	return list, nil
}

func join(b *budget, a []any) (any, error) {
	list, ok := a[0].([]any)
	if !ok {
		return nil, fmt.Errorf("%s is no list", typeName(a[0]))
	}
	separator, err := textArg(a[1])
	if err != nil {
		return nil, err
	}
	texts, err := textArgs(list)
	if err != nil {
		return nil, err
	}
	size := len(separator) * len(texts)
	for _, t := range texts {
		size += len(t)
	}
	if err := b.take(size); err != nil {
		return nil, err
	}
	return strings.Join(texts, separator), nil
}

func replace(b *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	if t[1] == "" {
		return nil, errors.New("an empty text cannot be replaced")
	}
	if err := b.take(len(t[0]) + strings.Count(t[0], t[1])*len(t[2])); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(t[0], t[1], t[2]), nil
}

func concat(b *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, s := range t {
		size += len(s)
	}
	if err := b.take(size); err != nil {
		return nil, err
	}
	return strings.Join(t, ""), nil
}

// substring counts characters from 0; what lies beyond the end is not there.
func substring(_ *budget, a []any) (any, error) {
	s, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	from, err := intArg(a[1])
	if err != nil {
		return nil, err
	}
	count := int64(math.MaxInt64)
	if len(a) > 2 {
		if count, err = intArg(a[2]); err != nil {
			return nil, err
		}
	}
	if from < 0 || count < 0 {
		return nil, errors.New("a substring's place and length are not negative")
	}
	start := byteAt(s, from)
	return s[start : start+byteAt(s[start:], count)], nil
}

// byteAt gives where the character of that number begins.
func byteAt(s string, n int64) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// padLeft puts a text before another until it has so many characters.
func padLeft(b *budget, a []any) (any, error) {
	s, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	width, err := intArg(a[1])
	if err != nil {
		return nil, err
	}
	pad, err := textArg(a[2])
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(pad) != 1 {
		return nil, errors.New("what is put before a text is one character")
	}
	missing := width - int64(utf8.RuneCountInString(s))
	if missing <= 0 {
		return s, nil
	}
	if missing > maxExprBytes {
		return nil, errBytes
	}
	if err := b.take(len(s) + int(missing)*len(pad)); err != nil {
		return nil, err
	}
	return strings.Repeat(pad, int(missing)) + s, nil
}

func ofTwoTexts(f func(s, part string) string) func(*budget, []any) (any, error) {
	return func(_ *budget, a []any) (any, error) {
		t, err := textArgs(a)
		if err != nil {
			return nil, err
		}
		return f(t[0], t[1]), nil
	}
}

// regexReplace replaces every match; $1 and ${name} stand for what groups matched.
func regexReplace(b *budget, a []any) (any, error) {
	pattern := a[1].(*regexp.Regexp)
	t, err := textArgs([]any{a[0], a[2]})
	if err != nil {
		return nil, err
	}
	if err := b.work(patternWork * len(t[0])); err != nil {
		return nil, err
	}
	matches := pattern.FindAllStringSubmatchIndex(t[0], maxExprSteps+1)
	if err := b.step(len(matches)); err != nil {
		return nil, err
	}
	var out []byte
	end := 0
	for _, m := range matches {
		out = pattern.ExpandString(append(out, t[0][end:m[0]]...), t[1], t[0], m)
		if end = m[1]; len(out) > maxExprBytes {
			return nil, errBytes
		}
	}
	out = append(out, t[0][end:]...)
	return string(out), b.take(2 * len(out))
}

// regexFind gives what the first group of the first match matched, or the match of
// a pattern without groups; null where nothing matches.
func regexFind(b *budget, a []any) (any, error) {
	s, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	if err := b.work(patternWork * len(s)); err != nil {
		return nil, err
	}
	m := a[1].(*regexp.Regexp).FindStringSubmatchIndex(s)
	switch {
	case m == nil || len(m) > 2 && m[2] < 0:
		return nil, nil
	case len(m) > 2:
		return s[m[2]:m[3]], nil
	}
	return s[m[0]:m[1]], nil
}
