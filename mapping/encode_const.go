package mapping

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// EncodeConst appends a constant of the mapping file as a value of any scalar
// type. Text stands for text, bytes (0x…), UUIDs, addresses, dates, times and
// durations; a number for numbers and, as milliseconds since 1970, for a
// timestamp; true and false for a boolean.
func EncodeConst(dst []byte, c Const, t *Type) ([]byte, error) {
	want, encode := constRule(t)
	if encode == nil {
		return dst, fmt.Errorf("a constant cannot fill a column of type %s", t)
	}
	out, err := encode(dst, c)
	if errors.Is(err, errConstKind) {
		return dst, fmt.Errorf("a column of type %s takes %s, not %s", t, want, constNames[c.Kind])
	}
	if err != nil {
		return dst, fmt.Errorf("constant for a column of type %s: %w", t, err)
	}
	return out, nil
}

var constNames = [...]string{"a text", "a number", "true or false"}

var errConstKind = errors.New("constant of another kind")

type constEncoder func(dst []byte, c Const) ([]byte, error)

// constRule says, in words and as code, which constants a type takes.
func constRule(t *Type) (want string, encode constEncoder) {
	switch t.Kind {
	case TypeText:
		return "a text (in quotes)", textConst(encodeText)
	case TypeASCII:
		return "a text (in quotes)", textConst(encodeASCII)
	case TypeUUID:
		return "a UUID as text", textConst(encodeUUID)
	case TypeTimeUUID:
		return "a UUID of version 1 as text", textConst(encodeTimeUUID)
	case TypeInet:
		return "an IP address as text", textConst(encodeInet)
	case TypeBlob:
		return "hexadecimal digits after 0x, in quotes", textConst(encodeHex)
	case TypeDate:
		return "a date as text, for example '2026-01-31'", textConst(encodeDateText)
	case TypeTime:
		return "a time as text, for example '13:30:00.5'", textConst(encodeTimeText)
	case TypeDuration:
		return "a duration as text, for example '1mo2d3h'", textConst(encodeDurationText)
	case TypeTimestamp:
		return "milliseconds since 1970, or a time as text, for example '2026-01-31T13:30:00Z'", encodeTimestampConst
	case TypeBoolean:
		return "true or false", encodeBooleanConst
	}
	return "a number", numberRule(t)
}

func numberRule(t *Type) constEncoder {
	switch t.Kind {
	case TypeTinyint:
		return intConst(encodeTinyint)
	case TypeSmallint:
		return intConst(encodeSmallint)
	case TypeInt:
		return intConst(encodeInt)
	case TypeBigint, TypeCounter:
		return intConst(encodeBigint)
	case TypeFloat:
		return floatConst(32, encodeFloat)
	case TypeDouble:
		return floatConst(64, encodeDouble)
	case TypeVarint:
		return encodeVarintConst
	case TypeDecimal:
		return encodeDecimalConst
	}
	return nil
}

func textConst(encode BytesEncoder) constEncoder {
	return func(dst []byte, c Const) ([]byte, error) {
		if c.Kind != ConstText {
			return dst, errConstKind
		}
		return encode(dst, []byte(c.Text))
	}
}

func intConst(encode IntEncoder) constEncoder {
	return func(dst []byte, c Const) ([]byte, error) {
		n, err := wholeNumber(c)
		if err != nil {
			return dst, err
		}
		if !n.IsInt64() {
			return dst, errors.New("out of range")
		}
		return encode(dst, n.Int64())
	}
}

// maxConst bounds the digits of a number in the mapping file.
const maxConst = 1000

// wholeNumber reads an integer of YAML 1.2: decimal, 0x… or 0o….
func wholeNumber(c Const) (*big.Int, error) {
	if c.Kind != ConstNumber {
		return nil, errConstKind
	}
	base := 10
	if len(c.Text) > 1 && c.Text[0] == '0' && (c.Text[1] == 'x' || c.Text[1] == 'o') {
		base = 0
	}
	n, ok := new(big.Int).SetString(c.Text, base)
	if !ok || len(c.Text) > maxConst {
		return nil, errors.New("not a whole number")
	}
	return n, nil
}

func floatConst(bitSize int, encode FloatEncoder) constEncoder {
	return func(dst []byte, c Const) ([]byte, error) {
		if c.Kind != ConstNumber {
			return dst, errConstKind
		}
		if n, err := wholeNumber(c); err == nil {
			c.Text = n.String()
		}
		f, err := strconv.ParseFloat(strings.Replace(c.Text, ".inf", "inf", 1), bitSize)
		if strings.EqualFold(c.Text, ".nan") {
			f, err = math.NaN(), nil
		}
		if err != nil {
			return dst, errors.New("not a number, or out of range")
		}
		return encode(dst, f)
	}
}

func encodeVarintConst(dst []byte, c Const) ([]byte, error) {
	n, err := wholeNumber(c)
	if err != nil {
		return dst, err
	}
	return appendBig(dst, n), nil
}

// encodeDecimalConst keeps the scale as written: 1.50 has two digits after the point.
func encodeDecimalConst(dst []byte, c Const) ([]byte, error) {
	if c.Kind != ConstNumber {
		return dst, errConstKind
	}
	digits, scale := c.Text, 0
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(digits[i+1:])
		if err != nil || exponent > maxConst || exponent < -maxConst {
			return dst, errors.New("not a decimal number")
		}
		digits, scale = digits[:i], -exponent
	}
	if i := strings.IndexByte(digits, '.'); i >= 0 {
		scale += len(digits) - i - 1
		digits = digits[:i] + digits[i+1:]
	}
	n, err := wholeNumber(Const{Kind: ConstNumber, Text: digits})
	if err != nil {
		return dst, errors.New("not a decimal number")
	}
	return appendBig(binary.BigEndian.AppendUint32(dst, uint32(int32(scale))), n), nil
}

func encodeBooleanConst(dst []byte, c Const) ([]byte, error) {
	if c.Kind != ConstBool {
		return dst, errConstKind
	}
	if strings.EqualFold(c.Text, "true") {
		return append(dst, 1), nil
	}
	return append(dst, 0), nil
}

func encodeHex(dst, v []byte) ([]byte, error) {
	text, ok := strings.CutPrefix(string(v), "0x")
	out, err := hex.AppendDecode(dst, []byte(text))
	if !ok || err != nil {
		return dst, errors.New("not an even number of hexadecimal digits after 0x")
	}
	return out, nil
}

func encodeTimestampConst(dst []byte, c Const) ([]byte, error) {
	switch c.Kind {
	case ConstNumber:
		return intConst(encodeBigint)(dst, c)
	case ConstText:
		at, err := time.Parse(time.RFC3339Nano, c.Text)
		if err != nil {
			at, err = time.Parse(time.DateOnly, c.Text)
		}
		if err != nil {
			return dst, errors.New("not a time with its zone, for example 2026-01-31T13:30:00Z")
		}
		return encodeBigint(dst, at.UnixMilli())
	}
	return dst, errConstKind
}

func encodeDateText(dst, v []byte) ([]byte, error) {
	day, err := time.Parse(time.DateOnly, string(v))
	if err != nil {
		return dst, errors.New("not a date, for example 2026-01-31")
	}
	return encodeDate(dst, floorDiv(day.Unix(), millisPerDay/1000))
}

func encodeTimeText(dst, v []byte) ([]byte, error) {
	at, err := time.Parse("15:04:05.999999999", string(v))
	if err != nil {
		return dst, errors.New("not a time of day, for example 13:30:00.5")
	}
	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	return encodeTime(dst, int64(at.Sub(midnight)), 1)
}
