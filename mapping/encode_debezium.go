package mapping

import (
	"encoding/binary"
	"errors"
	"math"
)

var errBits = errors.New("more bits than bigint holds (63)")

// spanRule is for Debezium's durations, which count in a long.
func spanRule(s *Shape, t *Type) (IntEncoder, Fit, error) {
	switch {
	case t.Kind != TypeDuration:
		return nil, 0, refuse(s, t, "duration and bigint")
	case s.Logical == LogicalMicroDuration:
		return encodeMicroSpan, Checked, nil
	}
	return encodeNanoSpan, Lossless, nil
}

func encodeMicroSpan(dst []byte, v int64) ([]byte, error) {
	if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
		return dst, errDuration
	}
	return encodeNanoSpan(dst, v*1000)
}

func encodeNanoSpan(dst []byte, v int64) ([]byte, error) {
	return appendVint(append(dst, 0, 0), v), nil
}

// bitsRule is for Debezium's Bits: a number without sign, its lowest byte first.
func bitsRule(s *Shape, t *Type) (BytesEncoder, Fit, error) {
	switch t.Kind {
	case TypeVarint:
		return encodeBitsVarint, Lossless, nil
	case TypeInt:
		return bitsEncoder(encodeInt), Checked, nil
	case TypeBigint:
		return bitsEncoder(encodeBigint), Checked, nil
	}
	return nil, 0, refuse(s, t, "blob, int, bigint and varint")
}

func encodeBitsVarint(dst, v []byte) ([]byte, error) {
	last := len(v)
	for last > 0 && v[last-1] == 0 {
		last--
	}
	if last == 0 || v[last-1] >= 0x80 {
		dst = append(dst, 0) // zero, or a sign
	}
	for i := last - 1; i >= 0; i-- {
		dst = append(dst, v[i])
	}
	return dst, nil
}

func bitsEncoder(encode IntEncoder) BytesEncoder {
	return func(dst, v []byte) ([]byte, error) {
		var b [8]byte
		for _, high := range v[copy(b[:], v):] {
			if high != 0 {
				return dst, errBits
			}
		}
		n := binary.LittleEndian.Uint64(b[:])
		if n > math.MaxInt64 {
			return dst, errBits
		}
		return encode(dst, int64(n))
	}
}

// IsScaledDecimal reports whether a record is Debezium's VariableScaleDecimal and
// the type a decimal: its scale and its unscaled bytes are then one value.
func IsScaledDecimal(s *Shape, t *Type) bool {
	return s.Kind == KindRecord && s.Logical == LogicalVariableScaleDecimal && t.Kind == TypeDecimal
}

// AppendScaledDecimal appends a decimal of a scale and two's complement bytes.
func AppendScaledDecimal(dst []byte, scale int32, unscaled []byte) ([]byte, error) {
	return encodeUnscaled(binary.BigEndian.AppendUint32(dst, uint32(scale)), unscaled)
}
