package mapping

import (
	"fmt"
	"maps"
	"slices"
)

func listArg(v any) ([]any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is no list", typeName(v))
	}
	return list, nil
}

func first(_ *budget, a []any) (any, error) {
	list, err := listArg(a[0])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

func last(_ *budget, a []any) (any, error) {
	list, err := listArg(a[0])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[len(list)-1], nil
}

// sum leaves out nulls; of nothing it is null, since nothing has no type.
func sum(b *budget, a []any) (any, error) {
	list, err := listArg(a[0])
	if err != nil {
		return nil, err
	}
	if err := b.step(len(list)); err != nil {
		return nil, err
	}
	var total any
	for _, item := range list {
		if err := b.read(item); err != nil {
			return nil, err
		}
		if total == nil {
			total = item
			continue
		}
		if item == nil {
			continue
		}
		if total, err = arithmetic("+", total, item); err != nil {
			return nil, err
		}
	}
	switch typeName(total) {
	case "null", "a whole number", "a floating point number", "a decimal", "a duration":
		return total, nil
	}
	return nil, fmt.Errorf("%s cannot be added up", typeName(total))
}

// keys gives the names of a map's entries in the order of the alphabet.
func keys(b *budget, a []any) (any, error) {
	m, err := mapArg(a[0])
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, name)
	}
	return list, enough(b, list)
}

// values gives what a map holds, in the order of its keys.
func values(b *budget, a []any) (any, error) {
	m, err := mapArg(a[0])
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[name])
	}
	return list, enough(b, list)
}

func mapArg(v any) (map[string]any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is no map", typeName(v))
	}
	return m, nil
}

// enough counts a list that was made.
func enough(b *budget, list []any) error {
	if err := b.step(len(list)); err != nil {
		return err
	}
	return b.take(16 * len(list))
}
