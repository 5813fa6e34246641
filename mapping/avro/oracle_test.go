package avro_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"ingest/mapping"
)

// compare holds one cell against the oracle's value for its path.
func compare(t *testing.T, frame *mapping.Frame, target mapping.Target, s *mapping.Shape, value any) {
	t.Helper()
	got := frame.Cells[target.Slot]
	v, s, found := follow(value, s, target.Path)
	switch {
	case !found:
		if got.State != mapping.Absent {
			t.Fatalf("slot %d: state %d of an absent value", target.Slot, got.State)
		}
	case v == nil:
		if got.State != mapping.Null {
			t.Fatalf("slot %d: state %d of a null", target.Slot, got.State)
		}
	default:
		want, ok := marshal(nil, v, s, target.Type)
		if ok != (got.State == mapping.Value) {
			t.Fatalf("slot %d: state %d, want a value: %v", target.Slot, got.State, ok)
		}
		if ok && !bytes.Equal(got.Data, want) {
			t.Fatalf("slot %d: %x, want %x", target.Slot, got.Data, want)
		}
	}
}

// untag takes a union's value out of the {branch: value} that twmb/avro gives.
func untag(v any, s *mapping.Shape) (any, *mapping.Shape) {
	if s.Kind != mapping.KindUnion || v == nil {
		return v, s
	}
	for name, inner := range v.(map[string]any) {
		for _, b := range s.Branches {
			if name == b.Name || b.Name == "" && name == b.Kind.String() {
				return inner, b
			}
		}
	}
	panic("no such branch")
}

// follow is a path's meaning over plain values.
func follow(v any, s *mapping.Shape, path []mapping.Step) (any, *mapping.Shape, bool) {
	for _, step := range path {
		if v == nil {
			return nil, s, true
		}
		inner, branch := untag(v, s)
		if branch != s && (step.Name == branch.Name && step.Name != "" || step.Name == branch.Kind.String()) {
			v, s = inner, branch // the step is the branch's name
			continue
		}
		if branch != s && s.NonNull() == s {
			return nil, nil, false // another branch than the step's
		}
		v, s = inner, branch
		switch plain := v.(type) {
		case []any:
			if step.Index >= len(plain) {
				return nil, nil, false
			}
			v, s = plain[step.Index], s.Elem
		case map[string]any:
			next, ok := plain[step.Name]
			if !ok {
				return nil, nil, false
			}
			v = next
			if s.Kind == mapping.KindMap {
				s = s.Elem
				continue
			}
			for _, f := range s.Fields {
				if f.Name == step.Name {
					s = f.Shape
				}
			}
		}
	}
	v, s = untag(v, s)
	return v, s, true
}

// marshal writes CQL bytes in the plainest way; false when a value does not fit.
func marshal(dst []byte, v any, s *mapping.Shape, t *mapping.Type) ([]byte, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, 1), true
		}
		return append(dst, 0), true
	case int32:
		return integer(dst, int64(v), t), true
	case int64:
		return integer(dst, v, t), true
	case float32:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(v)), true
	case float64:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), true
	case string:
		return append(dst, v...), t.Kind == mapping.TypeBlob || strings.ToValidUTF8(v, "?") == v
	case []byte:
		return append(dst, v...), true
	case []any:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v)))
		for _, item := range v {
			var ok bool
			if dst, ok = element(dst, item, s.Elem, t.Elem); !ok || item == nil {
				return dst, false
			}
		}
		return dst, true
	case map[string]any:
		return userType(dst, v, s, t)
	}
	return dst, false
}

func userType(dst []byte, v map[string]any, s *mapping.Shape, t *mapping.Type) ([]byte, bool) {
	for i, name := range t.Fields {
		fieldShape := &mapping.Shape{}
		for _, f := range s.Fields {
			if f.Name == name {
				fieldShape = f.Shape
			}
		}
		var ok bool
		if dst, ok = element(dst, v[name], fieldShape, t.Elems[i]); !ok {
			return dst, false
		}
	}
	return dst, true
}

func integer(dst []byte, v int64, t *mapping.Type) []byte {
	if t.Kind == mapping.TypeInt {
		return binary.BigEndian.AppendUint32(dst, uint32(v))
	}
	return binary.BigEndian.AppendUint64(dst, uint64(v))
}

func element(dst []byte, v any, s *mapping.Shape, t *mapping.Type) ([]byte, bool) {
	if v, s = untag(v, s); v == nil {
		return binary.BigEndian.AppendUint32(dst, math.MaxUint32), true
	}
	data, ok := marshal(nil, v, s, t)
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(data))), data...), ok
}
