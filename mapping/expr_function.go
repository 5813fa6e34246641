package mapping

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"gopkg.in/inf.v0"
)

// function is one function of expressions.
type function struct {
	args  []kinds                        // what each argument may be
	least int                            // how many must be given; 0: each
	rest  bool                           // the last may be given again and again
	items kinds                          // of a list that is its argument; 0: anything
	gives kinds                          // what it makes
	typed func(args []exprType) exprType // in the place of gives, where it depends on the arguments
	word  *wordRule                      // what an argument that is a constant text must be; nil: anything
	regex int                            // the argument that is a constant pattern; 0: none
	nulls bool                           // it is called with nulls too; otherwise null in gives null
	call  func(b *budget, args []any) (any, error)
}

// functions are all but those that go through a list with a condition.
var functions = map[string]function{
	"lower":       {args: of(texts), gives: aText, call: ofText(strings.ToLower)},
	"upper":       {args: of(texts), gives: aText, call: ofText(strings.ToUpper)},
	"trim":        {args: of(texts), gives: aText, call: ofText(strings.TrimSpace)},
	"trim_prefix": {args: of(texts, texts), gives: aText, call: ofTwoTexts(strings.TrimPrefix)},
	"trim_suffix": {args: of(texts, texts), gives: aText, call: ofTwoTexts(strings.TrimSuffix)},
	"split":       {args: of(texts, texts), typed: always(aListOf(a(aText))), call: split},
	"join":        {args: of(aList, texts), items: texts, gives: aText, call: join},
	"replace":     {args: of(texts, texts, texts), gives: aText, call: replace},
	"concat":      {args: of(texts), rest: true, gives: aText, call: concat},
	"substring":   {args: of(texts, aWhole, aWhole), least: 2, gives: aText, call: substring},
	"pad_left":    {args: of(texts, aWhole, texts), gives: aText, call: padLeft},

	"regex_replace": {args: of(texts, texts, texts), regex: 1, gives: aText, call: regexReplace},
	"regex_find":    {args: of(texts, texts), regex: 1, gives: aText, call: regexFind},

	"len":    {args: of(texts | someBytes | aList | aMap), gives: aWhole, call: length},
	"first":  {args: of(aList), typed: itemOfFirst, call: first},
	"last":   {args: of(aList), typed: itemOfFirst, call: last},
	"sum":    {args: of(aList), items: numbers | aSpan, typed: itemOfFirst, call: sum},
	"keys":   {args: of(aMap), typed: always(aListOf(a(aText))), call: keys},
	"values": {args: of(aMap), typed: valuesType, call: values},

	"int":    {args: of(numbers | aText | aBoolean), gives: aWhole, call: toInt},
	"float":  {args: of(numbers | aText), gives: aReal, call: toFloat},
	"string": {args: of(anything &^ (aList | aMap)), gives: aText, call: toText},

	"abs":   {args: of(numbers), typed: likeFirst, call: absolute},
	"round": {args: of(numbers, aWhole), least: 1, typed: likeFirst, call: rounding(inf.RoundHalfUp, math.Round)},
	"floor": {args: of(numbers), typed: likeFirst, call: rounding(inf.RoundFloor, math.Floor)},
	"ceil":  {args: of(numbers), typed: likeFirst, call: rounding(inf.RoundCeil, math.Ceil)},
	"min":   {args: of(ordered), rest: true, typed: anyOfThem, call: extreme(-1)},
	"max":   {args: of(ordered), rest: true, typed: anyOfThem, call: extreme(1)},

	"coalesce":  {args: of(anything), rest: true, typed: anyOfThem, nulls: true, call: coalesce},
	"uuid_v5":   {args: of(texts, texts), gives: aText, word: aNamespace, call: uuidV5},
	"hash":      {args: of(texts | someBytes), gives: aWhole, call: hashOf},
	"md5":       {args: of(texts | someBytes), gives: aText, call: md5Of},
	"sha256":    {args: of(texts | someBytes), gives: aText, call: sha256Of},
	"json":      {args: of(anything), gives: aText, call: jsonOf},
	"from_json": {args: of(texts), typed: always(a(anything)), call: fromJSON},

	"hex":         {args: of(texts | someBytes), gives: aText, call: toHex},
	"from_hex":    {args: of(texts), gives: someBytes, call: fromHex},
	"base64":      {args: of(texts | someBytes), gives: aText, call: toBase64},
	"from_base64": {args: of(texts), gives: someBytes, call: fromBase64},

	"bucket":      {args: of(aTime, texts), gives: aTime, word: aBucket, call: bucket},
	"from_epoch":  {args: of(aWhole, texts), gives: aTime, word: aUnit, call: fromEpoch},
	"to_epoch":    {args: of(aTime, texts), gives: aWhole, word: aUnit, call: toEpoch},
	"time":        {args: of(texts), gives: aTime, call: toTime},
	"parse_time":  {args: of(texts, texts), gives: aTime, word: aLayout, call: parseTime},
	"format_time": {args: of(aTime, texts), gives: aText, word: aLayout, call: formatTime},
	"duration":    {args: of(texts), gives: aSpan, word: aDuration, call: toDuration},
	"now":         {gives: aTime, call: func(*budget, []any) (any, error) { return time.Now().UTC(), nil }},
}

// ordered are what < and > take.
const ordered = numbers | texts | aTime | aSpan

func of(args ...kinds) []kinds { return args }

func always(t exprType) func([]exprType) exprType {
	return func([]exprType) exprType { return t }
}

func likeFirst(args []exprType) exprType { return a(args[0].can & numbers) }

func anyOfThem(args []exprType) exprType { return either(args...) }

func itemOfFirst(args []exprType) exprType { return args[0].item() }

func valuesType(args []exprType) exprType { return aListOf(args[0].item()) }

// wordRule says what a constant text must be.
type wordRule struct {
	arg   int
	check func(text string) error
	hint  string
}

var (
	aNamespace = &wordRule{0, checkNamespace, "write 'dns', 'url', 'oid', 'x500' or a UUID"}
	aBucket    = &wordRule{1, checkBucket, "write '15m', '1h', '1d' or '1w'"}
	aUnit      = &wordRule{1, checkUnit, "write 's', 'ms', 'us' or 'ns'"}
	aLayout    = &wordRule{1, checkLayout, "write '%Y-%m-%d', '%d.%m.%Y %H:%M:%S' or the like"}
	aDuration  = &wordRule{0, checkDuration, "write '90s', '15m', '12h' or '30d'"}
)

// walkers are the library's functions that go through a list with a condition or
// an expression for each item, "#" or ".field".
var walkers = map[string]bool{
	"all": true, "any": true, "none": true, "one": true, "filter": true, "find": true, "findIndex": true, "count": true,
	"map": false, // what it makes of an item is no condition
}

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

func checkNamespace(text string) error {
	_, err := namespaceOf(text)
	return err
}

func namespaceOf(text string) (uuid.UUID, error) {
	if space, known := namespaces[text]; known {
		return space, nil
	}
	space, err := uuid.Parse(text)
	if err != nil {
		return space, errors.New("the namespace is neither a UUID nor dns, url, oid or x500")
	}
	return space, nil
}

func uuidV5(_ *budget, a []any) (any, error) {
	t, err := textArgs(a)
	if err != nil {
		return nil, err
	}
	space, err := namespaceOf(t[0])
	if err != nil {
		return nil, err
	}
	return uuid.NewSHA1(space, []byte(t[1])).String(), nil
}
