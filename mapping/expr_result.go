package mapping

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"gopkg.in/inf.v0"
)

// result turns what an expression gives into the CQL bytes of one type, by the
// rules of the Avro type that holds the same. An encoder that is nil stands for what
// does not fit.
type result struct {
	typ      *Type
	key      BytesEncoder // of a map
	elem     *result      // of a list, set, map or vector
	elems    []*result    // of a tuple or a UDT
	booleans IntEncoder
	wholes   IntEncoder
	times    IntEncoder
	spans    IntEncoder
	reals    FloatEncoder
	texts    BytesEncoder
	binaries BytesEncoder
	exacts   BytesEncoder
}

// resultShapes are what the results of expressions are, as Avro calls it.
var (
	shapeBoolean  = &Shape{Kind: KindBoolean}
	shapeWhole    = &Shape{Kind: KindLong}
	shapeMicros   = &Shape{Kind: KindLong, Logical: LogicalTimestampMicros}
	shapeMillis   = &Shape{Kind: KindLong, Logical: LogicalTimestampMillis}
	shapeDays     = &Shape{Kind: KindInt, Logical: LogicalDate}
	shapeOfDay    = &Shape{Kind: KindLong, Logical: LogicalTimeNanos}
	shapeSpan     = &Shape{Kind: KindLong, Logical: LogicalNanoDuration}
	shapeReal     = &Shape{Kind: KindDouble}
	shapeText     = &Shape{Kind: KindString}
	shapeBinary   = &Shape{Kind: KindBytes}
	shapeExact    = &Shape{Kind: KindBytes, Logical: LogicalBigDecimal}
	errNullInList = errors.New("null within a collection: CQL has no null elements")
)

func newResult(t *Type, u Unit) *result {
	r := &result{typ: t}
	r.booleans, _ = IntEncoderFor(shapeBoolean, t, u)
	r.wholes, _ = IntEncoderFor(shapeWhole, t, u)
	switch t.Kind {
	case TypeTimestamp:
		r.times, _ = IntEncoderFor(shapeMillis, t, UnitNone)
	case TypeDate:
		r.times, _ = IntEncoderFor(shapeDays, t, UnitNone)
	case typeEventTime:
		r.times, _ = IntEncoderFor(shapeMicros, t, UnitNone)
	case TypeTime:
		r.spans, _ = IntEncoderFor(shapeOfDay, t, UnitNone)
	case TypeDuration:
		r.spans, _ = IntEncoderFor(shapeSpan, t, UnitNone)
	}
	r.reals, _ = FloatEncoderFor(shapeReal, t)
	if t.Kind == TypeFloat {
		r.reals = encodeRounded // float() is asked for by name
	}
	r.texts, _ = BytesEncoderFor(shapeText, t)
	r.binaries, _ = BytesEncoderFor(shapeBinary, t)
	if t.Kind != TypeBlob { // whose bytes would be those of a notation of ours
		r.exacts, _ = BytesEncoderFor(shapeExact, t)
	}
	if t.Elem != nil {
		r.elem = newResult(t.Elem, u)
	}
	if t.Key != nil {
		r.key, _ = BytesEncoderFor(shapeText, t.Key)
	}
	for _, elem := range t.Elems {
		r.elems = append(r.elems, newResult(elem, u))
	}
	return r
}

// append writes a value. An error does not hold it.
func (r *result) append(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		return r.whole(dst, r.booleans, n, v)
	case int64:
		return r.whole(dst, r.wholes, v, v)
	case time.Time:
		if r.times == nil {
			return dst, r.misfit(v)
		}
		n, ok := r.count(v)
		if !ok {
			return dst, errFar
		}
		return r.times(dst, n)
	case time.Duration:
		return r.whole(dst, r.spans, int64(v), v)
	case float64:
		if r.reals != nil {
			return r.reals(dst, v)
		}
	case string:
		return r.bytes(dst, r.texts, []byte(v), v)
	case []byte:
		return r.bytes(dst, r.binaries, v, v)
	case *inf.Dec:
		return r.bytes(dst, r.exacts, bigDecimal(v), v)
	case []any:
		return r.listed(dst, v)
	case map[string]any:
		return r.named(dst, v)
	}
	return dst, r.misfit(v)
}

func (r *result) misfit(v any) error {
	if r.typ.Kind == typeEventTime {
		return fmt.Errorf("the expression gives %s, which is no write timestamp", typeName(v))
	}
	return fmt.Errorf("the expression gives %s, which cannot become %s", typeName(v), r.typ)
}

// maxMicroSeconds is how many seconds 64 bits of microseconds hold.
const maxMicroSeconds = 9_200_000_000_000

// count gives a time in what the column counts: days, milliseconds or microseconds.
func (r *result) count(t time.Time) (n int64, ok bool) {
	seconds := t.Unix()
	switch r.typ.Kind {
	case TypeDate:
		days, _ := floorMod(seconds, daySeconds)
		return days, days == int64(int32(days))
	case TypeTimestamp:
		return millisOf(t)
	}
	return seconds*1_000_000 + int64(t.Nanosecond())/1000, seconds <= maxMicroSeconds && seconds >= -maxMicroSeconds
}

// millisOf rounds down. It takes whatever 64 bits of milliseconds hold.
func millisOf(t time.Time) (n int64, ok bool) {
	seconds, rest := t.Unix(), int64(t.Nanosecond())/1_000_000
	if seconds < 0 { // counted from the next second back, which the first of all has
		seconds, rest = seconds+1, rest-1000
	}
	if seconds > math.MaxInt64/1000 || seconds < math.MinInt64/1000 {
		return 0, false
	}
	n = seconds*1000 + rest
	return n, (n < seconds*1000) == (rest < 0)
}

func (r *result) whole(dst []byte, encode IntEncoder, n int64, v any) ([]byte, error) {
	if encode == nil {
		return dst, r.misfit(v)
	}
	return encode(dst, n)
}

func (r *result) bytes(dst []byte, encode BytesEncoder, data []byte, v any) ([]byte, error) {
	if encode == nil {
		return dst, r.misfit(v)
	}
	return encode(dst, data)
}

// bigDecimal writes a decimal as Avro's big-decimal.
func bigDecimal(d *inf.Dec) []byte {
	unscaled := appendBig(nil, d.UnscaledBig())
	out := binary.AppendVarint(nil, int64(len(unscaled)))
	out = append(out, unscaled...)
	return binary.AppendVarint(out, int64(d.Scale()))
}
