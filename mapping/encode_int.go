package mapping

import (
	"encoding/binary"
	"errors"
	"math"
)

var (
	errTinyint  = errors.New("out of range for tinyint (-128 to 127)")
	errSmallint = errors.New("out of range for smallint (-32768 to 32767)")
	errInt      = errors.New("out of range for int (-2147483648 to 2147483647)")
	errDouble   = errors.New("integer has more digits than double holds (all up to ±2^53, beyond that some)")
	errFloat    = errors.New("integer has more digits than float holds (all up to ±2^24, beyond that some)")
)

// intRule is the part of the type table for boolean, int and long.
func intRule(s *Shape, t *Type, u Unit) (IntEncoder, Fit, error) {
	switch {
	case t.Kind == typeEventTime:
		return eventTimeRule(s, u)
	case t.Kind == TypeDynamic:
		return dynamicInt(s), Lossless, nil
	case s.Kind == KindBoolean && t.Kind == TypeBoolean:
		return encodeBoolean, Lossless, nil
	case s.Kind == KindBoolean:
		return nil, 0, refuse(s, t, "boolean")
	case s.Kind != KindInt && s.Kind != KindLong:
		return nil, 0, refuse(s, t, "no integer type")
	case t.Kind == TypeTimestamp:
		return timestampRule(s, t, u)
	case s.Logical == LogicalNone:
		return plainIntRule(s, t)
	case t.Kind == TypeBigint:
		return encodeBigint, Lossless, nil
	case t.Kind == TypeInt && s.Kind == KindInt:
		return encodeInt, Lossless, nil
	}
	return clockRule(s, t)
}

// plainIntRule is for integers without a logical type.
func plainIntRule(s *Shape, t *Type) (IntEncoder, Fit, error) {
	wide := Checked
	if s.Kind == KindInt {
		wide = Lossless
	}
	switch t.Kind {
	case TypeTinyint:
		return encodeTinyint, Checked, nil
	case TypeSmallint:
		return encodeSmallint, Checked, nil
	case TypeInt:
		return encodeInt, wide, nil
	case TypeBigint, TypeCounter:
		return encodeBigint, Lossless, nil
	case TypeVarint:
		return encodeVarint, Lossless, nil
	case TypeDecimal:
		return encodeWholeDecimal, Lossless, nil
	case TypeDouble:
		return encodeIntDouble, wide, nil
	case TypeFloat:
		return encodeIntFloat, Checked, nil
	}
	return nil, 0, refuse(s, t, "tinyint, smallint, int, bigint, counter, varint, decimal, float, double and timestamp")
}

func encodeBoolean(dst []byte, v int64) ([]byte, error) { return append(dst, byte(v)), nil }

func encodeTinyint(dst []byte, v int64) ([]byte, error) {
	if v != int64(int8(v)) {
		return dst, errTinyint
	}
	return append(dst, byte(v)), nil
}

func encodeSmallint(dst []byte, v int64) ([]byte, error) {
	if v != int64(int16(v)) {
		return dst, errSmallint
	}
	return binary.BigEndian.AppendUint16(dst, uint16(v)), nil
}

func encodeInt(dst []byte, v int64) ([]byte, error) {
	if v != int64(int32(v)) {
		return dst, errInt
	}
	return binary.BigEndian.AppendUint32(dst, uint32(v)), nil
}

func encodeBigint(dst []byte, v int64) ([]byte, error) {
	return binary.BigEndian.AppendUint64(dst, uint64(v)), nil
}

// encodeVarint writes the shortest two's complement, as java.math.BigInteger does.
func encodeVarint(dst []byte, v int64) ([]byte, error) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(v))
	return append(dst, shortest(b[:])...), nil
}

func encodeWholeDecimal(dst []byte, v int64) ([]byte, error) {
	return encodeVarint(append(dst, 0, 0, 0, 0), v)
}

// exact reports whether f holds v. The largest long rounds up to 2^63, which
// has no long to convert back to.
func exact(v int64, f float64) bool { return f < 1<<63 && int64(f) == v }

func encodeIntDouble(dst []byte, v int64) ([]byte, error) {
	f := float64(v)
	if !exact(v, f) {
		return dst, errDouble
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f)), nil
}

func encodeIntFloat(dst []byte, v int64) ([]byte, error) {
	f := float32(v)
	if !exact(v, float64(f)) {
		return dst, errFloat
	}
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(f)), nil
}

// shortest cuts the leading bytes of a two's complement that only repeat its
// sign. It leaves at least one byte of a value that has one.
func shortest(b []byte) []byte {
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return b
}
