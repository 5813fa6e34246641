package mapping

import (
	"errors"
	"fmt"
)

// FitOf says how the values of a shape go into a type, to any depth; the error
// says what does not fit and what would. Null has no part in it outside of
// collections: what null becomes is for the mapping to say.
func FitOf(s *Shape, t *Type, u Unit) (Fit, error) {
	switch {
	case s.Kind == KindNull, t.Kind == TypeDynamic:
		return Lossless, nil
	case s.Kind == KindUnion:
		return unionFit(s, t, u)
	case t.Kind == typeEventTime:
		_, fit, err := eventTimeRule(s, u)
		return fit, err
	}
	switch s.Kind {
	case KindArray:
		return arrayFit(s, t, u)
	case KindMap:
		return mapFit(s, t, u)
	case KindRecord:
		return recordFit(s, t, u)
	case KindBoolean, KindInt, KindLong:
		_, fit, err := intRule(s, t, u)
		return fit, err
	case KindFloat, KindDouble:
		_, fit, err := floatRule(s, t)
		return fit, err
	}
	_, fit, err := bytesRule(s, t)
	return fit, err
}

func unionFit(s *Shape, t *Type, u Unit) (Fit, error) {
	worst := Lossless
	for _, b := range s.Branches {
		fit, err := FitOf(b, t, u)
		switch {
		case err != nil && s.mixed():
			return 0, fmt.Errorf("%w", err) // what converts one branch may not convert the others
		case err != nil:
			return 0, err
		}
		worst = max(worst, fit)
	}
	return worst, nil
}

// mixed reports whether a union has several branches beside null that are not all
// numbers.
func (s *Shape) mixed() bool {
	values, numbers := 0, 0
	for _, b := range s.Branches {
		if b.Kind != KindNull {
			values++
		}
		if b.isNumber() {
			numbers++
		}
	}
	return values > 1 && numbers < values
}

func arrayFit(s *Shape, t *Type, u Unit) (Fit, error) {
	if t.Kind != TypeList && t.Kind != TypeSet && t.Kind != TypeVector {
		return 0, refuse(s, t, "list, set and vector")
	}
	fit, err := elementFit(s.Elem, t.Elem, u)
	if err != nil {
		return 0, fmt.Errorf("%s into %s: %w", s, t, err)
	}
	if t.Kind == TypeVector {
		fit = max(fit, Checked) // the length
	}
	return fit, nil
}

func mapFit(s *Shape, t *Type, u Unit) (Fit, error) {
	if t.Kind != TypeMap {
		return 0, refuse(s, t, "map<text, …>")
	}
	fit, err := elementFit(s.Elem, t.Elem, u)
	if err != nil {
		return 0, fmt.Errorf("%s into %s: %w", s, t, err)
	}
	key, err := FitOf(&Shape{Kind: KindString}, t.Key, u)
	if err != nil {
		return 0, fmt.Errorf("keys of %s into %s: %w", s, t, err)
	}
	return max(fit, key), nil
}

// elementFit is FitOf for what a collection holds: CQL has no null there.
func elementFit(s *Shape, t *Type, u Unit) (Fit, error) {
	fit, err := FitOf(s, t, u)
	if err == nil && s.Nullable() {
		fit = max(fit, Checked)
	}
	return fit, err
}

func recordFit(s *Shape, t *Type, u Unit) (Fit, error) {
	if IsScaledDecimal(s, t) {
		return Checked, nil
	}
	fields, err := RecordFields(s, t)
	if err != nil {
		return 0, err
	}
	worst := Lossless
	for i, f := range fields {
		if f < 0 {
			continue
		}
		fit, err := FitOf(s.Fields[f].Shape, t.Elems[i], u)
		if err != nil {
			return 0, fmt.Errorf("field %s of %s: %w", s.Fields[f].Name, s, err)
		}
		worst = max(worst, fit)
	}
	return worst, nil
}

var errNoFields = errors.New("none of the record's fields has the name of one of the type's")

// RecordFields says which field of a record feeds each field of a UDT or tuple:
// its index, or -1 where the record has none and null is written. A UDT's are
// found by name, exactly or else ignoring case and underscores; a tuple's by
// position, and the record must have as many. Fields of the record that the UDT
// lacks are left out.
func RecordFields(s *Shape, t *Type) ([]int, error) {
	switch {
	case t.Kind == TypeTuple && len(s.Fields) == len(t.Elems):
		fields := make([]int, len(t.Elems))
		for i := range fields {
			fields[i] = i
		}
		return fields, nil
	case t.Kind == TypeTuple:
		return nil, refuse(s, t, fmt.Sprintf("a tuple of its %d fields, or a user-defined type", len(s.Fields)))
	case t.Kind != TypeUDT:
		return nil, refuse(s, t, "a user-defined type; name one of its fields in the path for a scalar column")
	}
	fields, matched := make([]int, len(t.Fields)), false
	for i, name := range t.Fields {
		f, err := s.field(name, true)
		if err != nil {
			return nil, fmt.Errorf("%s into %s: %w", s, t, err)
		}
		fields[i], matched = f, matched || f >= 0
	}
	if !matched {
		return nil, fmt.Errorf("%s into %s: %w", s, t, errNoFields)
	}
	return fields, nil
}
