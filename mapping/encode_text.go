package mapping

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/big"
	"strconv"
	"time"
)

// What a text says in the one notation that everybody writes: ISO 8601 for dates
// and times, digits for exact numbers.
var (
	errTimestampText = errors.New("text is not a point in time with its zone (timestamp: 2026-01-31T13:30:00Z or …+02:00)")
	errDateText      = errors.New("text is not a date (date: 0000-01-01 to 9999-12-31)")
	errTimeText      = errors.New("text is not a time of day (time: 00:00 to 23:59:59.999999999, no zone but Z)")
	errDecimalText   = errors.New("text is not a decimal number of at most 1000 digits and an exponent from -4096 to 4096 (decimal)")
	errVarintText    = errors.New("text is not a whole number of at most 1000 digits (varint)")
)

// encodeTimestampText reads RFC 3339. What is finer than a millisecond is
// dropped, towards the past.
func encodeTimestampText(dst, v []byte) ([]byte, error) {
	at, ok := instant(v)
	if !ok {
		return dst, errTimestampText
	}
	return encodeBigint(dst, at.UnixMilli())
}

// instant is stricter than package time, which takes hours of one digit and a
// comma for the point.
func instant(v []byte) (at time.Time, ok bool) {
	if len(v) < len("2006-01-02T15:04:05Z") || len(v) > maxInstant || v[13] != ':' || v[16] != ':' || bytes.IndexByte(v, ',') >= 0 {
		return at, false
	}
	err := at.UnmarshalText(v)
	return at, err == nil
}

// maxInstant leaves room for nanoseconds, with digits to spare.
const maxInstant = len("2006-01-02T15:04:05.000000000+00:00") + 9

// encodeISODate reads a date, with a Z behind it where Debezium writes one.
func encodeISODate(dst, v []byte) ([]byte, error) {
	v = bytes.TrimSuffix(v, []byte("Z"))
	if len(v) != len(time.DateOnly) {
		return dst, errDateText
	}
	out, err := encodeDateText(dst, v)
	if err != nil {
		return dst, errDateText
	}
	return out, nil
}

// encodeISOTime reads a time of day; seconds and their fraction may be left out.
func encodeISOTime(dst, v []byte) ([]byte, error) {
	v = bytes.TrimSuffix(v, []byte("Z"))
	if len(v) < len("15:04") || len(v) > len("15:04:05.999999999") {
		return dst, errTimeText
	}
	var room [40]byte
	text := append(append(room[:0], "1970-01-01T"...), v...)
	if len(v) == len("15:04") {
		text = append(text, ":00"...)
	}
	at, ok := instant(append(text, 'Z'))
	if !ok {
		return dst, errTimeText
	}
	return encodeTime(dst, at.UnixNano(), 1)
}

// encodeDecimalNumber keeps the scale as written: 1.50 has two digits after the
// point, 1e3 has minus three.
func encodeDecimalNumber(dst, v []byte) ([]byte, error) {
	digits, scale := v, 0
	if i := bytes.IndexAny(v, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(string(v[i+1:]))
		if err != nil || exponent > maxScale || exponent < -maxScale {
			return dst, errDecimalText
		}
		digits, scale = v[:i], -exponent
	}
	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	if len(whole)+len(fraction) > maxConst {
		return dst, errDecimalText
	}
	n, ok := wholeText(append(bytes.Clone(whole), fraction...))
	if !ok || len(fraction) > 0 && !isDigit(fraction[0]) {
		return dst, errDecimalText
	}
	scale += len(fraction)
	return appendBig(binary.BigEndian.AppendUint32(dst, uint32(int32(scale))), n), nil
}

func encodeVarintNumber(dst, v []byte) ([]byte, error) {
	n, ok := wholeText(v)
	if !ok {
		return dst, errVarintText
	}
	return appendBig(dst, n), nil
}

// wholeText reads an optional sign and digits.
func wholeText(v []byte) (*big.Int, bool) {
	digits := v
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		digits = v[1:]
	}
	if len(digits) == 0 || len(digits) > maxConst {
		return nil, false
	}
	for _, c := range digits {
		if !isDigit(c) {
			return nil, false
		}
	}
	return new(big.Int).SetString(string(v), 10)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
