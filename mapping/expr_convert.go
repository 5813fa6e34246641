package mapping

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"gopkg.in/inf.v0"
)

var errWhole = errors.New("it has no value among the whole numbers of 64 bits")

// toInt drops a fraction, as Go does.
func toInt(_ *budget, a []any) (any, error) {
	switch v := widened(a[0]).(type) {
	case int64:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		if !(v >= -(1<<63) && v < 1<<63) {
			return nil, errWhole
		}
		return int64(v), nil
	case *inf.Dec:
		r, ok := ratOf(v)
		if !ok {
			return nil, errExact
		}
		n := new(big.Int).Quo(r.Num(), r.Denom())
		if !n.IsInt64() {
			return nil, errWhole
		}
		return n.Int64(), nil
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, errors.New("the text is no whole number of 64 bits")
		}
		return n, nil
	}
	return nil, fmt.Errorf("int cannot be made of %s", typeName(a[0]))
}

func toFloat(_ *budget, a []any) (any, error) {
	v := widened(a[0])
	if s, ok := v.(string); ok {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, errors.New("the text is no floating point number")
		}
		return f, nil
	}
	if f, ok := realOf(v); ok {
		return f, nil
	}
	return nil, fmt.Errorf("float cannot be made of %s", typeName(v))
}

func toText(b *budget, a []any) (any, error) {
	switch v := widened(a[0]).(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case *inf.Dec:
		if !computable(v) {
			return nil, errExact
		}
		if err := b.take(decimalDigits(v)); err != nil {
			return nil, err
		}
		return v.String(), nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case time.Duration:
		return v.String(), nil
	case []byte:
		if !utf8.Valid(v) {
			return nil, errors.New("the bytes are no text in UTF-8")
		}
		return string(v), b.take(len(v))
	}
	return nil, fmt.Errorf("string cannot be made of %s: json can", typeName(a[0]))
}
