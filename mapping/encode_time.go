package mapping

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

var (
	errTimestamp = errors.New("out of range for timestamp (64 bits of milliseconds, about ±292 million years)")
	errDate      = errors.New("out of range for date (-5877641-06-23 to 5881580-07-11)")
	errTime      = errors.New("not a time of day: time takes 00:00 up to the last nanosecond before 24:00")
	errDuration  = errors.New("out of range for duration (months and days up to 2147483647, and 64 bits of nanoseconds)")
)

const (
	millisPerDay = 86_400_000
	nanosPerDay  = 86_400_000_000_000
)

// timestampRule is for integers into a timestamp, whose bytes are milliseconds
// since 1970 in 64 bits. A unit from the mapping file wins over a timestamp's own.
func timestampRule(s *Shape, t *Type, u Unit) (IntEncoder, Fit, error) {
	switch s.Logical {
	case LogicalDate:
		return encodeDateTimestamp, Lossless, nil
	case LogicalTimeMillis, LogicalTimeMicros, LogicalTimeNanos, LogicalMicroDuration, LogicalNanoDuration:
		return clockRule(s, t)
	}
	if u == UnitNone {
		u = ownUnit(s.Logical)
	}
	switch u {
	case UnitSeconds:
		if s.Kind == KindInt {
			return encodeSeconds, Lossless, nil
		}
		return encodeSeconds, Checked, nil
	case UnitMicros:
		return encodeMicros, Floored, nil
	case UnitNanos:
		return encodeNanos, Floored, nil
	}
	return encodeBigint, Lossless, nil
}

func ownUnit(l Logical) Unit {
	switch l {
	case LogicalTimestampMicros, LogicalLocalTimestampMicros:
		return UnitMicros
	case LogicalTimestampNanos, LogicalLocalTimestampNanos:
		return UnitNanos
	}
	return UnitMillis
}

// clockRule is for dates, times and timestamps into what is neither a timestamp
// nor their base type.
func clockRule(s *Shape, t *Type) (IntEncoder, Fit, error) {
	switch s.Logical {
	case LogicalDate:
		if t.Kind == TypeDate {
			return encodeDate, Lossless, nil
		}
		return nil, 0, refuse(s, t, "date, timestamp, int and bigint")
	case LogicalTimeMillis:
		if t.Kind == TypeTime {
			return encodeTimeMillis, Checked, nil
		}
		return nil, 0, refuse(s, t, "time, int and bigint")
	case LogicalTimeMicros:
		if t.Kind == TypeTime {
			return encodeTimeMicros, Checked, nil
		}
		return nil, 0, refuse(s, t, "time and bigint")
	case LogicalTimeNanos:
		if t.Kind == TypeTime {
			return encodeTimeNanos, Checked, nil
		}
		return nil, 0, refuse(s, t, "time and bigint")
	case LogicalMicroDuration, LogicalNanoDuration:
		return spanRule(s, t)
	}
	if t.Kind == TypeDate {
		return dayEncoder(ownUnit(s.Logical)), Floored, nil
	}
	return nil, 0, refuse(s, t, "timestamp, date and bigint")
}

// dayEncoder gives the day, in UTC, that a timestamp lies in.
func dayEncoder(u Unit) IntEncoder {
	perDay := map[Unit]int64{UnitMillis: millisPerDay, UnitMicros: millisPerDay * 1000, UnitNanos: nanosPerDay}[u]
	return func(dst []byte, v int64) ([]byte, error) {
		day := floorDiv(v, perDay)
		if day != int64(int32(day)) {
			return dst, errDate
		}
		return encodeDate(dst, day)
	}
}

// encodeDate centres the days since 1970 on 2^31, as the protocol wants.
func encodeDate(dst []byte, v int64) ([]byte, error) {
	return binary.BigEndian.AppendUint32(dst, uint32(int32(v))^1<<31), nil
}

// encodeDateTimestamp gives midnight UTC; days of 32 bits cannot overflow.
func encodeDateTimestamp(dst []byte, v int64) ([]byte, error) {
	return encodeBigint(dst, v*millisPerDay)
}

func encodeSeconds(dst []byte, v int64) ([]byte, error) {
	if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
		return dst, errTimestamp
	}
	return encodeBigint(dst, v*1000)
}

func encodeMicros(dst []byte, v int64) ([]byte, error) { return encodeBigint(dst, floorDiv(v, 1000)) }

func encodeNanos(dst []byte, v int64) ([]byte, error) {
	return encodeBigint(dst, floorDiv(v, 1_000_000))
}

// floorDiv rounds towards the past, so that times before 1970 keep their order.
func floorDiv(v, by int64) int64 {
	q := v / by
	if v%by < 0 {
		q--
	}
	return q
}

func encodeTimeMillis(dst []byte, v int64) ([]byte, error) { return encodeTime(dst, v, 1_000_000) }

func encodeTimeMicros(dst []byte, v int64) ([]byte, error) { return encodeTime(dst, v, 1000) }

func encodeTimeNanos(dst []byte, v int64) ([]byte, error) { return encodeTime(dst, v, 1) }

// encodeTime writes nanoseconds since midnight. Cassandra takes a whole day and
// more, so the range is checked here.
func encodeTime(dst []byte, v, nanos int64) ([]byte, error) {
	if v < 0 || v >= nanosPerDay/nanos {
		return dst, errTime
	}
	return encodeBigint(dst, v*nanos)
}

// encodeDuration turns Avro's twelve bytes (months, days and milliseconds, each
// 32 bits unsigned and little-endian) into CQL's three vints.
func encodeDuration(dst, v []byte) ([]byte, error) {
	months, days := binary.LittleEndian.Uint32(v), binary.LittleEndian.Uint32(v[4:])
	if months > math.MaxInt32 || days > math.MaxInt32 {
		return dst, errDuration
	}
	millis := binary.LittleEndian.Uint32(v[8:])
	dst = appendVint(appendVint(dst, int64(months)), int64(days))
	return appendVint(dst, int64(millis)*1_000_000), nil
}

// appendVint writes a signed vint of the native protocol v5, section 3:
// zigzag, then as appendUvint.
func appendVint(dst []byte, v int64) []byte {
	return AppendUvint(dst, uint64(v)<<1^uint64(v>>63))
}

// AppendUvint writes an unsigned vint of the native protocol v5, section 3: the
// number of leading ones of the first byte is the number of bytes that follow.
// Vectors of elements of no fixed size measure them with it.
func AppendUvint(dst []byte, u uint64) []byte {
	extra := (bits.Len64(u|1) - 1) / 7
	if extra > 8 {
		extra = 8
	}
	if extra == 8 {
		return binary.BigEndian.AppendUint64(append(dst, 0xff), u)
	}
	first := byte(^(0xff >> extra))
	dst = append(dst, first|byte(u>>(8*extra)))
	for i := extra - 1; i >= 0; i-- {
		dst = append(dst, byte(u>>(8*i)))
	}
	return dst
}
