package mapping

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errEventTime = errors.New("not between 1970-01-01 and 2100-01-01: does it count in another unit?")

// maxEventMicros is 2100-01-01 in microseconds since 1970: what is later is
// micro- or nanoseconds taken for a larger unit, as with records' timestamps.
var maxEventMicros = maxFloor.UnixMicro()

// eventTimeRule is for what can say when an event was: integers that count from
// 1970, and timestamps. A date does not tell a day's events apart, and 32 bits hold
// seconds only.
func eventTimeRule(s *Shape, u Unit) (IntEncoder, Fit, error) {
	switch {
	case s.Kind == KindInt && s.Logical == LogicalNone && u == UnitSeconds:
	case s.Kind == KindInt && s.Logical == LogicalNone:
		return nil, 0, fmt.Errorf("%s cannot become a write timestamp: with `unit: s` it can", s)
	case s.Kind != KindLong || s.Logical != LogicalNone && !s.isInstant():
		return nil, 0, fmt.Errorf("%s cannot become a write timestamp: a long can (milliseconds unless `unit:` says otherwise), and so can the timestamp types", s)
	}
	if u == UnitNone {
		u = ownUnit(s.Logical)
	}
	switch u {
	case UnitSeconds:
		return eventEncoder(1_000_000, 1), Checked, nil
	case UnitMicros:
		return eventEncoder(1, 1), Checked, nil
	case UnitNanos:
		return eventEncoder(1, 1000), Floored, nil
	}
	return eventEncoder(1000, 1), Checked, nil
}

// eventEncoder gives microseconds of a unit that is so many of them, or a part.
func eventEncoder(times, part int64) IntEncoder {
	latest := maxEventMicros / times * part
	return func(dst []byte, v int64) ([]byte, error) {
		if v < part || v > latest {
			return dst, errEventTime
		}
		return encodeBigint(dst, v*times/part)
	}
}

// eventMicros reads what an eventEncoder wrote.
func eventMicros(data []byte) int64 { return int64(binary.BigEndian.Uint64(data)) }
