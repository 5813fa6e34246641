package mapping

import (
	"encoding/binary"
	"math"
	"math/big"
	"time"

	"github.com/google/uuid"
	"gopkg.in/inf.v0"
)

// What an expression names is decoded into a cell of type TypeDynamic: a tag that
// says what follows, and the value. So the bounds of cells are those of expressions
// too, and only what is named is read.
const (
	tagNothing byte = iota
	tagFalse
	tagTrue
	tagWhole    // 8 bytes
	tagReal     // 8 bytes
	tagInstant  // seconds since 1970 in 8 bytes, nanoseconds in 4
	tagOfDay    // nanoseconds in 8 bytes
	tagText     // length in 4 bytes, text
	tagBinary   // length in 4 bytes, bytes
	tagExact    // length in 4 bytes, scale in 4 bytes, unscaled number
	tagElements // number of elements in 4 bytes, elements
	tagEntries  // number of entries in 4 bytes, of each its name (as a text without tag) and value
)

const daySeconds = 86_400

// dynamicInt is for booleans and integers.
func dynamicInt(s *Shape) IntEncoder {
	switch l := s.Logical; {
	case s.Kind == KindBoolean:
		return func(dst []byte, v int64) ([]byte, error) { return append(dst, tagFalse+byte(v&1)), nil }
	case l == LogicalDate:
		return func(dst []byte, v int64) ([]byte, error) { return appendInstant(dst, v*daySeconds, 0), nil }
	case l == LogicalTimeMillis:
		return taggedInt(tagOfDay, int64(time.Millisecond))
	case l == LogicalTimeMicros:
		return taggedInt(tagOfDay, int64(time.Microsecond))
	case l == LogicalTimeNanos:
		return taggedInt(tagOfDay, 1)
	case s.isInstant():
		return instantEncoder(ownUnit(l))
	}
	return taggedInt(tagWhole, 1)
}

func taggedInt(tag byte, times int64) IntEncoder {
	return func(dst []byte, v int64) ([]byte, error) {
		product := v * times
		if product/times != v {
			return dst, errOverflow
		}
		return binary.BigEndian.AppendUint64(append(dst, tag), uint64(product)), nil
	}
}

func instantEncoder(u Unit) IntEncoder {
	per := perSecond(u)
	return func(dst []byte, v int64) ([]byte, error) {
		seconds, rest := floorMod(v, per)
		return appendInstant(dst, seconds, rest*(1_000_000_000/per)), nil
	}
}

// perSecond says how many of a unit make a second.
func perSecond(u Unit) int64 {
	switch u {
	case UnitSeconds:
		return 1
	case UnitMicros:
		return 1_000_000
	case UnitNanos:
		return 1_000_000_000
	}
	return 1000
}

// floorMod divides towards minus infinity.
func floorMod(v, by int64) (quotient, rest int64) {
	quotient, rest = v/by, v%by
	if rest < 0 {
		quotient, rest = quotient-1, rest+by
	}
	return quotient, rest
}

func appendInstant(dst []byte, seconds, nanos int64) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, tagInstant), uint64(seconds))
	return binary.BigEndian.AppendUint32(dst, uint32(nanos))
}

func dynamicFloat(dst []byte, v float64) ([]byte, error) {
	return binary.BigEndian.AppendUint64(append(dst, tagReal), math.Float64bits(v)), nil
}

// dynamicBytes is for bytes, strings, fixed and the symbols of enums.
func dynamicBytes(s *Shape) BytesEncoder {
	switch {
	case s.Logical == LogicalDecimal:
		return lengthy(tagExact, decimalEncoder(uint32(s.Scale)))
	case s.Logical == LogicalBigDecimal:
		return lengthy(tagExact, encodeBigDecimal)
	case s.Kind == KindFixed && s.Logical == LogicalUUID:
		return lengthy(tagText, func(dst, v []byte) ([]byte, error) {
			id, err := uuid.FromBytes(v)
			return append(dst, id.String()...), err
		})
	case s.Kind == KindBytes || s.Kind == KindFixed:
		return lengthy(tagBinary, appendBytes)
	}
	return lengthy(tagText, encodeText)
}

// lengthy puts a tag and the length before what an encoder writes.
func lengthy(tag byte, encode BytesEncoder) BytesEncoder {
	return func(dst, v []byte) ([]byte, error) {
		dst = append(dst, tag, 0, 0, 0, 0)
		at := len(dst)
		dst, err := encode(dst, v)
		if err == nil {
			binary.BigEndian.PutUint32(dst[at-4:], uint32(len(dst)-at))
		}
		return dst, err
	}
}

// AppendDynamicDecimal writes a decimal with a scale of its own for an expression.
func AppendDynamicDecimal(dst []byte, scale int32, unscaled []byte) ([]byte, error) {
	return lengthy(tagExact, decimalEncoder(uint32(scale)))(dst, unscaled)
}

// AppendDynamicNull writes the null of an element.
func AppendDynamicNull(dst []byte) []byte { return append(dst, tagNothing) }

// BeginDynamic begins an array (or, with entries, a record or map) for an
// expression. The number of elements goes to the four bytes before the end of
// what it gives, see EndDynamic.
func BeginDynamic(dst []byte, entries bool) []byte {
	tag := tagElements
	if entries {
		tag = tagEntries
	}
	return append(dst, tag, 0, 0, 0, 0)
}

// EndDynamic completes what BeginDynamic began; at is the length that it gave.
func EndDynamic(dst []byte, at, count int) { binary.BigEndian.PutUint32(dst[at-4:], uint32(count)) }

// AppendDynamicName writes the name of an entry.
func AppendDynamicName(dst, name []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(name))), name...)
}

// dynamicReader reads back what the encoders wrote.
type dynamicReader struct{ data []byte }

func (r *dynamicReader) take(n int) []byte {
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *dynamicReader) long() int64 { return int64(binary.BigEndian.Uint64(r.take(8))) }

func (r *dynamicReader) count() int { return int(binary.BigEndian.Uint32(r.take(4))) }

// value gives nil, bool, int64, float64, time.Time, time.Duration, string, []byte,
// *inf.Dec, []any or map[string]any.
func (r *dynamicReader) value() any {
	switch tag := r.take(1)[0]; tag {
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagWhole:
		return r.long()
	case tagReal:
		return math.Float64frombits(uint64(r.long()))
	case tagInstant:
		seconds := r.long()
		return time.Unix(seconds, int64(r.count())).UTC()
	case tagOfDay:
		return time.Duration(r.long())
	case tagText:
		return string(r.take(r.count()))
	case tagBinary:
		return append([]byte{}, r.take(r.count())...)
	case tagExact:
		return readDecimal(r.take(r.count()))
	case tagElements:
		return r.elements()
	case tagEntries:
		return r.entries()
	}
	return nil
}

func (r *dynamicReader) elements() []any {
	list := make([]any, r.count())
	for i := range list {
		list[i] = r.value()
	}
	return list
}

func (r *dynamicReader) entries() map[string]any {
	n := r.count()
	entries := make(map[string]any, n)
	for range n {
		name := string(r.take(r.count()))
		entries[name] = r.value()
	}
	return entries
}

// readDecimal reads CQL's decimal.
func readDecimal(data []byte) *inf.Dec {
	unscaled := new(big.Int)
	if len(data) > 4 {
		unscaled = bigOf(data[4:])
	}
	return inf.NewDecBig(unscaled, inf.Scale(int32(binary.BigEndian.Uint32(data))))
}
