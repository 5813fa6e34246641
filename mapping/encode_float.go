package mapping

import (
	"encoding/binary"
	"errors"
	"math"
)

// floatRule is the part of the type table for float and double.
func floatRule(s *Shape, t *Type) (FloatEncoder, Fit, error) {
	switch {
	case t.Kind == TypeDynamic:
		return dynamicFloat, Lossless, nil
	case s.Kind == KindFloat && t.Kind == TypeFloat:
		return encodeFloat, Lossless, nil
	case (s.Kind == KindFloat || s.Kind == KindDouble) && t.Kind == TypeDouble:
		return encodeDouble, Lossless, nil
	case s.Kind == KindFloat:
		return nil, 0, refuse(s, t, "float and double")
	case s.Kind == KindDouble && t.Kind == TypeFloat:
		return nil, 0, refuse(s, t, "double; a float would round nearly every value")
	case s.Kind == KindDouble:
		return nil, 0, refuse(s, t, "double")
	}
	return nil, 0, refuse(s, t, "no floating point type")
}

// encodeFloat takes what was a float before, so the conversion is exact. A
// processor's conversion would turn a signaling NaN into a quiet one, so NaNs
// are narrowed by hand, as Widen widens them.
func encodeFloat(dst []byte, v float64) ([]byte, error) {
	bits := math.Float32bits(float32(v))
	if math.IsNaN(v) {
		wide := math.Float64bits(v)
		bits = uint32(wide>>32)&0x8000_0000 | 0x7f80_0000 | uint32(wide>>29)&0x007f_ffff
	}
	return binary.BigEndian.AppendUint32(dst, bits), nil
}

var errFloatRange = errors.New("out of range for float (-3.4028235e38 to 3.4028235e38)")

// encodeRounded takes the nearest float of a number that an expression gives.
func encodeRounded(dst []byte, v float64) ([]byte, error) {
	if math.Abs(v) > math.MaxFloat32 && !math.IsInf(v, 0) {
		return dst, errFloatRange
	}
	return encodeFloat(dst, v)
}

// Widen gives a float's bits as the double that a FloatEncoder takes, without
// changing a NaN's payload.
func Widen(bits uint32) float64 {
	f := float64(math.Float32frombits(bits))
	if math.IsNaN(f) {
		return math.Float64frombits(uint64(bits&0x8000_0000)<<32 | 0x7ff<<52 | uint64(bits&0x007f_ffff)<<29)
	}
	return f
}

func encodeDouble(dst []byte, v float64) ([]byte, error) {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), nil
}
