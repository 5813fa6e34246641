package verify

import (
	"bytes"
	"encoding/binary"
	"slices"

	"ingest/mapping"
)

// canonical gives the bytes by which values of a type are compared: Cassandra
// gives a set and a map in its own order, and a user-defined type or tuple with all
// of its fields, whatever was written. Bytes that are not of the type stay as they
// are.
func canonical(t *mapping.Type, data []byte) []byte {
	switch t.Kind {
	case mapping.TypeList, mapping.TypeSet, mapping.TypeMap:
		return canonicalCollection(t, data)
	case mapping.TypeTuple, mapping.TypeUDT:
		return canonicalFields(t, data)
	}
	return data
}

// entry is an element of a collection, or a key with its value.
type entry struct{ key, value []byte }

func canonicalCollection(t *mapping.Type, data []byte) []byte {
	if len(data) < 4 {
		return data
	}
	n, rest := binary.BigEndian.Uint32(data), data[4:]
	var entries []entry
	for range n {
		var e entry
		var ok bool
		if t.Kind == mapping.TypeMap {
			if e.key, rest, ok = element(t.Key, rest); !ok {
				return data
			}
		}
		if e.value, rest, ok = element(t.Elem, rest); !ok {
			return data
		}
		entries = append(entries, e)
	}
	out := []byte{}
	for _, e := range ordered(t, entries) {
		if t.Kind == mapping.TypeMap {
			out = appendElement(out, e.key)
		}
		out = appendElement(out, e.value)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(ordered(t, entries)))), out...)
}

// ordered sorts a set or map and leaves out what occurs twice: of entries with one
// key the last counts.
func ordered(t *mapping.Type, entries []entry) []entry {
	by := func(a, b entry) int { return bytes.Compare(a.value, b.value) }
	switch t.Kind {
	case mapping.TypeList:
		return entries
	case mapping.TypeMap:
		by = func(a, b entry) int { return bytes.Compare(a.key, b.key) }
	}
	out := slices.Clone(entries)
	slices.Reverse(out)
	slices.SortStableFunc(out, by)
	return slices.CompactFunc(out, func(a, b entry) bool { return by(a, b) == 0 })
}

// canonicalFields leaves trailing nulls out: fields that are not written are null.
func canonicalFields(t *mapping.Type, data []byte) []byte {
	out, end := []byte{}, 0
	rest := data
	for _, elem := range t.Elems {
		if len(rest) == 0 {
			break
		}
		if len(rest) >= 4 && int32(binary.BigEndian.Uint32(rest)) < 0 {
			out, rest = append(out, rest[:4]...), rest[4:]
			continue
		}
		value, left, ok := element(elem, rest)
		if !ok {
			return data
		}
		out, rest = appendElement(out, value), left
		end = len(out)
	}
	return out[:end]
}

// element takes a value with its length from data.
func element(t *mapping.Type, data []byte) (value, rest []byte, ok bool) {
	if len(data) < 4 {
		return nil, nil, false
	}
	n := int32(binary.BigEndian.Uint32(data))
	if n < 0 || int(n) > len(data)-4 {
		return nil, nil, false
	}
	return canonical(t, data[4:4+n]), data[4+n:], true
}

func appendElement(dst, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(value))), value...)
}
