package mapping

import (
	"errors"
	"unicode/utf8"
)

var (
	errUTF8     = errors.New("text is not valid UTF-8")
	errASCII    = errors.New("text has characters outside of ASCII (ascii: U+0000 to U+007F)")
	errUUID     = errors.New("text is not a UUID (uuid: 8-4-4-4-12 hexadecimal digits)")
	errTimeUUID = errors.New("the UUID is not of version 1, as a timeuuid must be")
)

// bytesRule is the part of the type table for bytes, string, fixed and enum.
func bytesRule(s *Shape, t *Type) (BytesEncoder, Fit, error) {
	if t.Kind == TypeDynamic {
		return dynamicBytes(s), Lossless, nil
	}
	switch s.Kind {
	case KindString:
		return stringRule(s, t)
	case KindEnum:
		if t.Kind == TypeText || t.Kind == TypeASCII {
			return appendBytes, Lossless, nil // symbols are [A-Za-z0-9_]+ by the specification
		}
		return nil, 0, refuse(s, t, "text and ascii")
	case KindBytes, KindFixed:
		if t.Kind == TypeBlob {
			return appendBytes, Lossless, nil
		}
		return binaryRule(s, t)
	}
	return nil, 0, refuse(s, t, "no scalar type")
}

func stringRule(s *Shape, t *Type) (BytesEncoder, Fit, error) {
	switch t.Kind {
	case TypeText:
		return encodeText, Checked, nil
	case TypeASCII:
		return encodeASCII, Checked, nil
	case TypeBlob:
		return appendBytes, Lossless, nil
	case TypeUUID:
		return encodeUUID, Checked, nil
	case TypeTimeUUID:
		return encodeTimeUUID, Checked, nil
	case TypeInet:
		return encodeInet, Checked, nil
	}
	if s.Logical == LogicalUUID {
		return nil, 0, refuse(s, t, "uuid, timeuuid, text, ascii and blob")
	}
	return notationRule(s, t)
}

// notationRule is for what a text says in a notation of its own.
func notationRule(s *Shape, t *Type) (BytesEncoder, Fit, error) {
	switch t.Kind {
	case TypeDate:
		return encodeISODate, Checked, nil
	case TypeTime:
		return encodeISOTime, Checked, nil
	case TypeTimestamp:
		return encodeTimestampText, Floored, nil
	case TypeDuration:
		return encodeDurationAny, Checked, nil
	case TypeDecimal:
		return encodeDecimalNumber, Checked, nil
	case TypeVarint:
		return encodeVarintNumber, Checked, nil
	}
	return nil, 0, refuse(s, t, "text, ascii, blob, uuid, timeuuid, inet, date, time, timestamp, duration, decimal and varint")
}

// binaryRule is for the logical types on bytes and fixed.
func binaryRule(s *Shape, t *Type) (BytesEncoder, Fit, error) {
	switch s.Logical {
	case LogicalDecimal:
		return decimalRule(s, t)
	case LogicalBigDecimal:
		switch t.Kind {
		case TypeDecimal:
			return encodeBigDecimal, Checked, nil
		}
		return nil, 0, refuse(s, t, "decimal and blob")
	case LogicalUUID:
		switch t.Kind {
		case TypeUUID:
			return appendBytes, Lossless, nil
		case TypeTimeUUID:
			return copyTimeUUID, Checked, nil
		}
		return nil, 0, refuse(s, t, "uuid, timeuuid and blob")
	case LogicalBits:
		return bitsRule(s, t)
	case LogicalDuration:
		if t.Kind == TypeDuration {
			return encodeDuration, Checked, nil
		}
		return nil, 0, refuse(s, t, "duration and blob")
	}
	return nil, 0, refuse(s, t, "blob")
}

func appendBytes(dst, v []byte) ([]byte, error) { return append(dst, v...), nil }

func encodeText(dst, v []byte) ([]byte, error) { return append(dst, v...), checkText(v) }

func encodeASCII(dst, v []byte) ([]byte, error) { return append(dst, v...), checkASCII(v) }

// checkText wants UTF-8, as UTF8Type of Cassandra does; utf8.Valid takes ASCII
// eight bytes at a time.
func checkText(v []byte) error {
	if !utf8.Valid(v) {
		return errUTF8
	}
	return nil
}

func checkASCII(v []byte) error {
	for _, c := range v {
		if c >= utf8.RuneSelf {
			return errASCII
		}
	}
	return nil
}

func encodeUUID(dst, v []byte) ([]byte, error) {
	if len(v) != 36 || v[8] != '-' || v[13] != '-' || v[18] != '-' || v[23] != '-' {
		return dst, errUUID
	}
	for i := 0; i < 36; i += 2 {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			i++
		}
		high, low := hexDigit(v[i]), hexDigit(v[i+1])
		if high|low > 0xf {
			return dst, errUUID
		}
		dst = append(dst, high<<4|low)
	}
	return dst, nil
}

// hexDigit gives 0xff for what is none.
func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case lower(c) >= 'a' && lower(c) <= 'f':
		return lower(c) - 'a' + 10
	}
	return 0xff
}

func encodeTimeUUID(dst, v []byte) ([]byte, error) {
	start := len(dst)
	dst, err := encodeUUID(dst, v)
	if err != nil {
		return dst, err
	}
	return dst, checkTimeUUID(dst[start:])
}

func copyTimeUUID(dst, v []byte) ([]byte, error) {
	return append(dst, v...), checkTimeUUID(v)
}

// checkTimeUUID holds the version to what TimeUUIDType of Cassandra asks for.
func checkTimeUUID(v []byte) error {
	if v[6]>>4 != 1 {
		return errTimeUUID
	}
	return nil
}
