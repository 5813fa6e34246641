package mapping

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gopkg.in/inf.v0"
)

// result turns what an expression gives into the CQL bytes of one type, by the
// rules of the Avro type that holds the same.
type result struct {
	typ      *Type
	elem     *result
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
	shapeInstant  = &Shape{Kind: KindLong, Logical: LogicalTimestampMicros}
	shapeOfDay    = &Shape{Kind: KindLong, Logical: LogicalTimeNanos}
	shapeSpan     = &Shape{Kind: KindLong, Logical: LogicalNanoDuration}
	shapeReal     = &Shape{Kind: KindDouble}
	shapeText     = &Shape{Kind: KindString}
	shapeBinary   = &Shape{Kind: KindBytes}
	shapeExact    = &Shape{Kind: KindBytes, Logical: LogicalBigDecimal}
	errNullInList = errors.New("null within a collection: CQL has no null elements")
)

// newResult: an encoder that is nil stands for what does not fit.
func newResult(t *Type, u Unit) *result {
	r := &result{typ: t}
	r.booleans, _ = IntEncoderFor(shapeBoolean, t, u)
	r.wholes, _ = IntEncoderFor(shapeWhole, t, u)
	if takesTime(t) {
		r.times, _ = IntEncoderFor(shapeInstant, t, UnitNone)
	}
	switch t.Kind {
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
	r.exacts, _ = BytesEncoderFor(shapeExact, t)
	if t.Kind == TypeList || t.Kind == TypeSet || t.Kind == TypeMap {
		r.elem = newResult(t.Elem, u)
	}
	return r
}

func takesTime(t *Type) bool {
	return t.Kind == TypeTimestamp || t.Kind == TypeDate || t.Kind == typeEventTime
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
		if unix := v.Unix(); unix > maxMicroSeconds || unix < -maxMicroSeconds {
			return dst, errFar
		}
		return r.whole(dst, r.times, floorMicros(v), v)
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
		if r.typ.Kind == TypeList || r.typ.Kind == TypeSet {
			return r.list(dst, v)
		}
	case map[string]any:
		if r.typ.Kind == TypeMap {
			return r.entries(dst, v)
		}
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

func floorMicros(t time.Time) int64 { return t.Unix()*1_000_000 + int64(t.Nanosecond())/1000 }

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

func (r *result) list(dst []byte, list []any) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(list)))
	for _, item := range list {
		var err error
		if dst, err = r.element(dst, item); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (r *result) element(dst []byte, item any) ([]byte, error) {
	if item == nil {
		return dst, errNullInList
	}
	at := len(dst)
	dst, err := r.elem.append(append(dst, 0, 0, 0, 0), widened(item))
	if err == nil {
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst, err
}

func (r *result) entries(dst []byte, m map[string]any) ([]byte, error) {
	key, err := BytesEncoderFor(shapeText, r.typ.Key)
	if err != nil {
		return dst, r.misfit(m)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m)))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		at := len(dst)
		if dst, err = key(append(dst, 0, 0, 0, 0), []byte(name)); err != nil {
			return dst, err
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
		if dst, err = r.element(dst, m[name]); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
