package mapping

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"gopkg.in/inf.v0"
)

var errJSON = errors.New("the text is no JSON")

// jsonFactor is how many bytes one byte of JSON can become: "[]," is a list.
const jsonFactor = 16

// fromJSON reads a text of JSON. Whole numbers stay whole, others are floating
// point, and numbers beyond 64 bits become decimals.
func fromJSON(b *budget, a []any) (any, error) {
	text, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	if err := b.take(jsonFactor * len(text)); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	return withNumbers(v)
}

// withNumbers turns the texts of numbers into numbers.
func withNumbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return jsonNumber(v)
	case []any:
		for i := range v {
			if v[i], err = withNumbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = withNumbers(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func jsonNumber(n json.Number) (any, error) {
	if whole, err := n.Int64(); err == nil {
		return whole, nil
	}
	if strings.ContainsAny(n.String(), ".eE") {
		real, err := n.Float64()
		if err != nil {
			return nil, errors.New("JSON has a number that is too large")
		}
		return real, nil
	}
	if len(n) > maxConst {
		return nil, errExact
	}
	d, _ := new(inf.Dec).SetString(n.String())
	return d, nil
}
