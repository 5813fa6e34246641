package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
	"gopkg.in/inf.v0"
)

// function is one function of expressions.
type function struct {
	types []any // its signatures, as pointers to functions, for the check of types
	nulls bool  // it is called with nulls too; otherwise null in gives null
	call  func(b *budget, args []any) (any, error)
}

// functions are all but those that go through a list.
var functions = map[string]function{
	"lower":     {types: sig(new(func(string) string)), call: ofText(strings.ToLower)},
	"upper":     {types: sig(new(func(string) string)), call: ofText(strings.ToUpper)},
	"trim":      {types: sig(new(func(string) string)), call: ofText(strings.TrimSpace)},
	"split":     {types: sig(new(func(string, string) []any)), call: split},
	"join":      {types: sig(new(func([]any, string) string)), call: join},
	"replace":   {types: sig(new(func(string, string, string) string)), call: replace},
	"concat":    {types: sig(new(func(...string) string)), call: concat},
	"substring": {types: sig(new(func(string, int) string), new(func(string, int, int) string)), call: substring},
	"len":       {types: sig(new(func(any) int)), call: length},
	"int":       {types: sig(new(func(any) int)), call: toInt},
	"float":     {types: sig(new(func(any) float64)), call: toFloat},
	"string":    {types: sig(new(func(any) string)), call: toText},
	"abs":       {types: sig(new(func(int) int), new(func(float64) float64), new(func(any) any)), call: absolute},
	"coalesce":  {types: sig(new(func(...any) any)), nulls: true, call: coalesce},
	"uuid_v5":   {types: sig(new(func(string, string) string)), call: uuidV5},
	"hash":      {types: sig(new(func(any) int)), call: hashOf},
	"sha256":    {types: sig(new(func(any) string)), call: sha256Of},
	"json":      {types: sig(new(func(any) string)), call: jsonOf},

	"bucket":     {types: sig(new(func(time.Time, string) time.Time)), call: bucket},
	"from_epoch": {types: sig(new(func(int, string) time.Time)), call: fromEpoch},
	"to_epoch":   {types: sig(new(func(time.Time, string) int)), call: toEpoch},
	"duration":   {types: sig(new(func(string) time.Duration)), call: toDuration},
	"now":        {types: sig(new(func() time.Time)), call: func(*budget, []any) (any, error) { return time.Now().UTC(), nil }},
}

// walkers are the library's functions that go through a list with a condition or
// an expression for each item, "#" or ".field".
var walkers = map[string]bool{
	"all": true, "any": true, "none": true, "one": true, "filter": true, "find": true, "findIndex": true, "count": true,
	"map": false, // what it makes of an item is no condition
}

func sig(types ...any) []any { return types }

func textArg(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("%s is no text", typeName(v))
	}
	return s, nil
}

func intArg(v any) (int64, error) {
	n, ok := widened(v).(int64)
	if !ok {
		return 0, fmt.Errorf("%s is no whole number", typeName(v))
	}
	return n, nil
}

func textArgs(args []any) ([]string, error) {
	texts := make([]string, len(args))
	for i, a := range args {
		var err error
		if texts[i], err = textArg(a); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

func ofText(f func(string) string) func(*budget, []any) (any, error) {
	return func(b *budget, a []any) (any, error) {
		s, err := textArg(a[0])
		if err != nil {
			return nil, err
		}
		return f(s), b.take(2 * len(s))
	}
}

func split(b *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	n := strings.Count(t[0], t[1])
	if err := errors.Join(b.step(n), b.take(16*n)); err != nil {
		return nil, err
	}
	var list []any
	for _, part := range strings.Split(t[0], t[1]) {
		list = append(list, part)
	}
	return list, nil
}

func join(b *budget, a []any) (any, error) {
	list, ok := a[0].([]any)
	if !ok {
		return nil, fmt.Errorf("%s is no list", typeName(a[0]))
	}
	separator, err := textArg(a[1])
	if err != nil {
		return nil, err
	}
	texts, err := textArgs(list)
	if err != nil {
		return nil, err
	}
	size := len(separator) * len(texts)
	for _, t := range texts {
		size += len(t)
	}
	if err := b.take(size); err != nil {
		return nil, err
	}
	return strings.Join(texts, separator), nil
}

func replace(b *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	if t[1] == "" {
		return nil, errors.New("an empty text cannot be replaced")
	}
	if err := b.take(len(t[0]) + strings.Count(t[0], t[1])*len(t[2])); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(t[0], t[1], t[2]), nil
}

func concat(b *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, s := range t {
		size += len(s)
	}
	if err := b.take(size); err != nil {
		return nil, err
	}
	return strings.Join(t, ""), nil
}

// substring counts characters from 0; what lies beyond the end is not there.
func substring(_ *budget, a []any) (any, error) {
	s, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	from, err := intArg(a[1])
	if err != nil {
		return nil, err
	}
	count := int64(math.MaxInt64)
	if len(a) > 2 {
		if count, err = intArg(a[2]); err != nil {
			return nil, err
		}
	}
	if from < 0 || count < 0 {
		return nil, errors.New("a substring's place and length are not negative")
	}
	start := byteAt(s, from)
	return s[start : start+byteAt(s[start:], count)], nil
}

// byteAt gives where the character of that number begins.
func byteAt(s string, n int64) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func length(_ *budget, a []any) (any, error) {
	switch v := a[0].(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), nil
	case []byte:
		return int64(len(v)), nil
	case []any:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	}
	return nil, fmt.Errorf("%s has no length", typeName(a[0]))
}

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

func absolute(_ *budget, a []any) (any, error) {
	switch v := widened(a[0]).(type) {
	case float64:
		return math.Abs(v), nil
	case *inf.Dec:
		return new(inf.Dec).Abs(v), nil
	case int64:
		if v < 0 {
			return wholeArithmetic("-", 0, v)
		}
		return v, nil
	}
	return nil, fmt.Errorf("%s is no number", typeName(a[0]))
}

func coalesce(_ *budget, a []any) (any, error) {
	for _, v := range a {
		if v != nil {
			return v, nil
		}
	}
	return nil, nil
}

// namespaces are those of RFC 9562, section 6.6.
var namespaces = map[string]uuid.UUID{"dns": uuid.NameSpaceDNS, "url": uuid.NameSpaceURL, "oid": uuid.NameSpaceOID, "x500": uuid.NameSpaceX500}

func uuidV5(_ *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	space, known := namespaces[t[0]]
	if !known {
		if space, err = uuid.Parse(t[0]); err != nil {
			return nil, errors.New("the namespace is neither a UUID nor dns, url, oid or x500")
		}
	}
	return uuid.NewSHA1(space, []byte(t[1])).String(), nil
}

func bytesArg(v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return []byte(v), nil
	case []byte:
		return v, nil
	}
	return nil, fmt.Errorf("%s is neither a text nor bytes: string or json makes one", typeName(v))
}

// hashOf is XXH64 with seed 0, as a signed number.
func hashOf(_ *budget, a []any) (any, error) {
	data, err := bytesArg(a[0])
	return int64(xxhash.Sum64(data)), err
}

func sha256Of(_ *budget, a []any) (any, error) {
	data, err := bytesArg(a[0])
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}
