package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// operators are the functions that stand for the operators of an expression when
// it runs: those of the library do not know null, wrap numbers that overflow, and
// have no decimals.
var operators = map[string]func(b *budget, args []any) (any, error){
	"+": plus,
	"-": func(_ *budget, a []any) (any, error) { return arithmetic("-", a[0], a[1]) },
	"*": func(_ *budget, a []any) (any, error) { return arithmetic("*", a[0], a[1]) },
	"/": func(_ *budget, a []any) (any, error) { return arithmetic("/", a[0], a[1]) },
	"%": func(_ *budget, a []any) (any, error) { return arithmetic("%", a[0], a[1]) },

	"==": func(b *budget, a []any) (any, error) { return same(a[0], a[1]), b.readAll(a[0]) },
	"!=": func(b *budget, a []any) (any, error) { return !same(a[0], a[1]), b.readAll(a[0]) },
	"<":  inOrder(func(o int) bool { return o < 0 }),
	"<=": inOrder(func(o int) bool { return o <= 0 }),
	">":  inOrder(func(o int) bool { return o > 0 }),
	">=": inOrder(func(o int) bool { return o >= 0 }),

	"in":         isIn,
	"contains":   ofTexts(strings.Contains),
	"startsWith": ofTexts(strings.HasPrefix),
	"endsWith":   ofTexts(strings.HasSuffix),
	"matches":    matches,
	"$truth":     func(_ *budget, a []any) (any, error) { return truth(a[0]) },
	"$list":      goneThrough,
}

func plus(b *budget, a []any) (any, error) {
	x, isText := a[0].(string)
	y, both := a[1].(string)
	if isText && both {
		if err := b.take(len(x) + len(y)); err != nil {
			return nil, err
		}
		return x + y, nil
	}
	return arithmetic("+", a[0], a[1])
}

// truth: null is false.
func truth(v any) (bool, error) {
	switch v := v.(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	}
	return false, errTruth
}

func inOrder(holds func(order int) bool) func(*budget, []any) (any, error) {
	return func(_ *budget, a []any) (any, error) {
		order, ok, err := compared(a[0], a[1])
		return ok && err == nil && holds(order), err
	}
}

// same: values of different types differ, numbers are compared by what they are.
func same(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if x, ok := a.([]byte); ok {
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	}
	if order, ok, err := compared(a, b); err == nil {
		return ok && order == 0
	}
	return reflect.DeepEqual(a, b)
}

func isIn(b *budget, a []any) (any, error) {
	switch list := a[1].(type) {
	case nil:
		return false, nil
	case []any:
		if err := b.step(len(list)); err != nil {
			return nil, err
		}
		for _, item := range list {
			if err := errors.Join(b.read(a[0]), b.readAll(item)); err != nil {
				return nil, err
			}
			if same(a[0], item) {
				return true, nil
			}
		}
		return false, nil
	case map[string]any:
		name, isText := a[0].(string)
		_, ok := list[name]
		return ok && isText, nil
	}
	return nil, fmt.Errorf("nothing can be in %s", typeName(a[1]))
}

func ofTexts(holds func(s, part string) bool) func(*budget, []any) (any, error) {
	return func(_ *budget, a []any) (any, error) {
		if a[0] == nil || a[1] == nil {
			return false, nil
		}
		s, ok := a[0].(string)
		part, both := a[1].(string)
		if !ok || !both {
			return nil, fmt.Errorf("%s and %s are not two texts", typeName(a[0]), typeName(a[1]))
		}
		return holds(s, part), nil
	}
}

func matches(b *budget, a []any) (any, error) {
	switch s := a[0].(type) {
	case nil:
		return false, nil
	case string:
		return a[1].(*regexp.Regexp).MatchString(s), b.work(patternWork * len(s))
	}
	return nil, fmt.Errorf("%s matches no pattern: it is no text", typeName(a[0]))
}

// goneThrough gives what is gone through: of null nothing.
func goneThrough(b *budget, a []any) (any, error) {
	switch list := a[0].(type) {
	case nil:
		return []any{}, nil
	case []any:
		if err := b.take(16 * len(list)); err != nil {
			return nil, err
		}
		return list, b.step(len(list))
	}
	return nil, fmt.Errorf("%s has no items to go through", typeName(a[0]))
}
