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
	text, err := appendJSON(nil, a[0])
	if err != nil {
		return nil, err
	}
	return string(text), b.take(2 * len(text))
}

func appendJSON(dst []byte, v any) ([]byte, error) {
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
		return appendJSONList(dst, v)
	case map[string]any:
		return appendJSONMap(dst, v)
	}
	return dst, errors.New("it has no JSON")
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

func appendJSONList(dst []byte, list []any) ([]byte, error) {
	dst = append(dst, '[')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, item); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendJSONMap(dst []byte, m map[string]any) ([]byte, error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONText(dst, name), ':')
		var err error
		if dst, err = appendJSON(dst, m[name]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
