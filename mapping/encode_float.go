package mapping

import (
	"encoding/binary"
	"math"
)

// floatRule is the part of the type table for float and double.
func floatRule(s *Shape, t *Type) (FloatEncoder, Fit, error) {
	switch {
	case s.Kind == KindFloat && t.Kind == TypeFloat:
		return encodeFloat, Lossless, nil
	case (s.Kind == KindFloat || s.Kind == KindDouble) && t.Kind == TypeDouble:
		return encodeDouble, Lossless, nil
	case s.Kind == KindFloat:
		return nil, 0, refuse(s, t, "float and double")
	case s.Kind == KindDouble && t.Kind == TypeFloat:
		return nil, 0, refuse(s, t, "double; a float would round it, so make the column a double or the field a float")
	case s.Kind == KindDouble:
		return nil, 0, refuse(s, t, "double")
	}
	return nil, 0, refuse(s, t, "no floating point type")
}

// encodeFloat takes what was a float before, so the conversion is exact.
func encodeFloat(dst []byte, v float64) ([]byte, error) {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(v))), nil
}

func encodeDouble(dst []byte, v float64) ([]byte, error) {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), nil
}
