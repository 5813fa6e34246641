package mapping

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"gopkg.in/inf.v0"
)

var errJSONNumber = errors.New("JSON has no NaN and no infinite numbers")

// jsonOf writes a value as JSON: the keys of maps and records in the order of the
// alphabet, decimals with all digits, bytes in base64, times as RFC 3339.
func jsonOf(b *budget, a []any) (any, error) {
	text, err := appendJSON(nil, b, a[0])
	if err != nil {
		return nil, err
	}
	return string(text), b.take(len(text))
}

// appendJSON takes from the budget before it makes anything large.
func appendJSON(dst []byte, b *budget, v any) ([]byte, error) {
	if err := b.take(scalarSize(v)); err != nil {
		return dst, err
	}
	switch v := widened(v).(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return dst, errJSONNumber
		}
		text, err := json.Marshal(v)
		return append(dst, text...), err
	case *inf.Dec:
		if !computable(v) {
			return dst, errExact
		}
		return append(dst, v.String()...), nil
	case string:
		return appendJSONText(dst, v), nil
	case []byte:
		return appendJSONText(dst, base64.StdEncoding.EncodeToString(v)), nil
	case time.Time:
		return appendJSONText(dst, v.Format(time.RFC3339Nano)), nil
	case time.Duration:
		return appendJSONText(dst, v.String()), nil
	case []any:
		return appendJSONList(dst, b, v)
	case map[string]any:
		return appendJSONMap(dst, b, v)
	}
	return dst, errors.New("it has no JSON")
}

// scalarSize is about how many bytes a value that is no list and no map takes.
func scalarSize(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return base64.StdEncoding.EncodedLen(len(v))
	case *inf.Dec:
		return decimalDigits(v)
	}
	return 8
}

// appendJSONText leaves <, > and & as they are.
func appendJSONText(dst []byte, s string) []byte {
	var w jsonText
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return append(dst, w[:len(w)-1]...)
}

type jsonText []byte

func (w *jsonText) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

func appendJSONList(dst []byte, b *budget, list []any) ([]byte, error) {
	dst = append(dst, '[')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, b, item); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendJSONMap(dst []byte, b *budget, m map[string]any) ([]byte, error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		err := b.take(len(name))
		if err != nil {
			return dst, err
		}
		dst = append(appendJSONText(dst, name), ':')
		if dst, err = appendJSON(dst, b, m[name]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
