package mapping

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// listed writes a list as a list, set, vector or tuple.
func (r *result) listed(dst []byte, list []any) ([]byte, error) {
	switch r.typ.Kind {
	case TypeList, TypeSet:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(list)))
		return r.elements(dst, list)
	case TypeVector:
		if len(list) != r.typ.Size {
			return dst, fmt.Errorf("the expression gives a list of another length than %s has", r.typ)
		}
		return r.dimensions(dst, list)
	case TypeTuple:
		if len(list) != len(r.elems) {
			return dst, fmt.Errorf("the expression gives a list of another length than %s has", r.typ)
		}
		var err error
		for i, item := range list {
			if dst, err = r.elems[i].fieldOf(dst, item); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
	return dst, r.misfit(list)
}

func (r *result) elements(dst []byte, list []any) ([]byte, error) {
	var err error
	for _, item := range list {
		if dst, err = r.element(dst, item); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// element writes an item with its length before it.
func (r *result) element(dst []byte, item any) ([]byte, error) {
	if item == nil {
		return dst, errNullInList
	}
	return r.elem.fieldOf(dst, item)
}

// fieldOf writes a value with its length before it, which is -1 for null.
func (r *result) fieldOf(dst []byte, v any) ([]byte, error) {
	if v == nil {
		return append(dst, 0xff, 0xff, 0xff, 0xff), nil
	}
	at := len(dst)
	dst, err := r.append(append(dst, 0, 0, 0, 0), widened(v))
	if err == nil {
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst, err
}

// dimensions writes the elements of a vector, see Type.FixedSize.
func (r *result) dimensions(dst []byte, list []any) ([]byte, error) {
	bare := r.typ.Elem.FixedSize()
	for _, item := range list {
		if item == nil {
			return dst, errNullInList
		}
		if bare {
			var err error
			if dst, err = r.elem.append(dst, widened(item)); err != nil {
				return dst, err
			}
			continue
		}
		data, err := r.elem.append(nil, widened(item))
		if err != nil {
			return dst, err
		}
		dst = append(AppendUvint(dst, uint64(len(data))), data...)
	}
	return dst, nil
}

// named writes a map or record as a map or UDT.
func (r *result) named(dst []byte, m map[string]any) ([]byte, error) {
	switch {
	case r.typ.Kind == TypeUDT:
		return r.udt(dst, m)
	case r.typ.Kind != TypeMap || r.key == nil:
		return dst, r.misfit(m)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m)))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		at := len(dst)
		var err error
		if dst, err = r.key(append(dst, 0, 0, 0, 0), []byte(name)); err != nil {
			return dst, err
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
		if dst, err = r.element(dst, m[name]); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

var (
	errNoEntries = errors.New("none of the entries has the name of one of the type's fields")
	errAmbiguous = errors.New("two entries match one of the type's fields equally well")
)

// udt finds the fields as RecordFields does: by their names, or else ignoring case
// and underscores.
func (r *result) udt(dst []byte, m map[string]any) ([]byte, error) {
	matched := false
	for i, field := range r.typ.Fields {
		name, found, err := entryFor(field, maps.Keys(m))
		if err != nil {
			return dst, err
		}
		matched = matched || found
		if dst, err = r.elems[i].fieldOf(dst, m[name]); err != nil {
			return dst, err
		}
	}
	if !matched {
		return dst, errNoEntries
	}
	return dst, nil
}

// entryFor gives the name that a field's value has.
func entryFor(field string, names func(yield func(string) bool)) (name string, found bool, err error) {
	alike := 0
	for candidate := range names {
		if candidate == field {
			return candidate, true, nil
		}
		if LooselyEqual(candidate, field) {
			name, found = candidate, true
			alike++
		}
	}
	if alike > 1 {
		return "", false, errAmbiguous
	}
	return name, found, nil
}
