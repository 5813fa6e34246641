package mapping

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
)

var (
	errNoDigits   = errors.New("decimal has no digits")
	errFraction   = errors.New("decimal has a fraction, which varint does not hold")
	errBigDecimal = errors.New("big-decimal is malformed")
	errDigits     = errors.New("decimal has too many digits to make a varint of (4096 bytes)")
)

const (
	// maxScale bounds a schema's scale where it has to be computed with.
	maxScale = 1 << 12
	// maxDivided bounds, in bytes, the number that is divided by 10^scale, since
	// the work grows with the square of its length.
	maxDivided = 1 << 12
)

// decimalRule is for decimal on bytes and fixed. CQL's decimal is the scale in
// 32 bits and the unscaled number as a varint; the unscaled bytes are cut to
// their shortest, since a key's hash is that of its bytes.
func decimalRule(s *Shape, t *Type) (BytesEncoder, Fit, error) {
	switch {
	case t.Kind == TypeDecimal:
		return decimalEncoder(uint32(s.Scale)), Checked, nil
	case t.Kind == TypeVarint && s.Scale == 0:
		return encodeUnscaled, Checked, nil
	case t.Kind == TypeVarint && (s.Scale > maxScale || s.Scale < -maxScale):
		return nil, 0, refuse(s, t, "decimal: its scale is too large to compute with")
	case t.Kind == TypeVarint && s.Scale < 0:
		return raisedEncoder(-s.Scale), Checked, nil
	case t.Kind == TypeVarint:
		return wholeEncoder(s.Scale), Checked, nil
	}
	return nil, 0, refuse(s, t, "decimal, varint and blob")
}

func decimalEncoder(scale uint32) BytesEncoder {
	return func(dst, v []byte) ([]byte, error) {
		return encodeUnscaled(binary.BigEndian.AppendUint32(dst, scale), v)
	}
}

func encodeUnscaled(dst, v []byte) ([]byte, error) {
	if len(v) == 0 {
		return dst, errNoDigits
	}
	return append(dst, shortest(v)...), nil
}

// wholeEncoder divides by 10^scale and refuses what leaves a rest.
func wholeEncoder(scale int) BytesEncoder {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return func(dst, v []byte) ([]byte, error) {
		switch v = shortestOf(v); {
		case len(v) == 0:
			return dst, errNoDigits
		case len(v) > maxDivided:
			return dst, errDigits
		case len(v) <= 8 && power.IsInt64():
			n, by := int64Of(v), power.Int64()
			if n%by != 0 {
				return dst, errFraction
			}
			return encodeVarint(dst, n/by)
		}
		quotient, rest := new(big.Int).QuoRem(bigOf(v), power, new(big.Int))
		if rest.Sign() != 0 {
			return dst, errFraction
		}
		return appendBig(dst, quotient), nil
	}
}

// raisedEncoder multiplies by 10^digits, for a scale below zero.
func raisedEncoder(digits int) BytesEncoder {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	return func(dst, v []byte) ([]byte, error) {
		switch v = shortestOf(v); {
		case len(v) == 0:
			return dst, errNoDigits
		case len(v) > maxDivided:
			return dst, errDigits
		}
		return appendBig(dst, new(big.Int).Mul(bigOf(v), power)), nil
	}
}

func shortestOf(v []byte) []byte {
	if len(v) == 0 {
		return v
	}
	return shortest(v)
}

// int64Of reads at most eight bytes of two's complement.
func int64Of(v []byte) int64 {
	n := int64(int8(v[0]))
	for _, b := range v[1:] {
		n = n<<8 | int64(b)
	}
	return n
}

// bigOf reads two's complement.
func bigOf(v []byte) *big.Int {
	n := new(big.Int).SetBytes(v)
	if v[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
	}
	return n
}

// appendBig writes the shortest two's complement. A negative number is 2^k more
// for the k bits of the bytes that hold it.
func appendBig(dst []byte, n *big.Int) []byte {
	if n.Sign() >= 0 {
		size := n.BitLen()/8 + 1
		return append(dst, n.FillBytes(make([]byte, size))...)
	}
	size := new(big.Int).Not(n).BitLen()/8 + 1
	complement := new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	return append(dst, complement.FillBytes(make([]byte, size))...)
}

// encodeBigDecimal reads Avro's big-decimal: the unscaled number as Avro bytes,
// then the scale as an Avro int, both within the value's own bytes.
func encodeBigDecimal(dst, v []byte) ([]byte, error) {
	length, n := binary.Varint(v)
	if n <= 0 || length < 0 || length > int64(len(v)-n) {
		return dst, errBigDecimal
	}
	unscaled, rest := v[n:n+int(length)], v[n+int(length):]
	scale, n := binary.Varint(rest)
	if n <= 0 || n != len(rest) || scale < math.MinInt32 || scale > math.MaxInt32 {
		return dst, errBigDecimal
	}
	return encodeUnscaled(binary.BigEndian.AppendUint32(dst, uint32(int32(scale))), unscaled)
}
