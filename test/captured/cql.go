package captured

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"
)

// Form says what the text of a source's column is.
type Form uint8

// The forms in which PostgreSQL and MariaDB print values. Those of PostgreSQL have
// ISO 8601 intervals and bytes in hexadecimal digits.
const (
	AsText       Form = iota
	AsNumber          // of any kind, in decimal digits
	AsMoney           // -$1,234.50
	AsBool            // t, f, 1 or 0
	AsBits            // of binary digits
	AsUUID            //
	AsBytes           // \x00ff
	AsHex             // 00FF
	AsBitBytes        // 0AAA: a number in hexadecimal digits
	AsInet            //
	AsDate            // 2024-02-29
	AsTime            // 10:11:12.345
	AsTimeMillis      // the same, cut to milliseconds
	AsZonedTime       // 10:11:12.345+02
	AsTimestamp       // 2024-02-29 10:11:12.345, in UTC
	AsSpan            // P1DT2H3M4.5S, a day having 24 hours
	AsInterval        // the same, days counted apart
	AsHstore          // "k"=>"v"
	AsHstoreJSON      // the same as JSON text
	AsPointX          // of (1.5,-2)
	AsArray           // {a,"b,c"} of texts and numbers
)

// Bytes gives what the driver makes of a source's text for a CQL type.
func Bytes(form Form, cql, text string) ([]byte, error) {
	v, err := form.value(cql, text)
	if err != nil {
		return nil, fmt.Errorf("%q for %s: %w", text, cql, err)
	}
	return gocql.Marshal(TypeInfo(cql), v)
}

// TypeInfo is the driver's description of a scalar type, a list or a map.
func TypeInfo(cql string) gocql.TypeInfo {
	if elem, ok := strings.CutPrefix(strings.TrimSuffix(cql, ">"), "list<"); ok {
		return gocql.CollectionType{NativeType: gocql.NewNativeType(4, gocql.TypeList, ""), Elem: TypeInfo(elem)}
	}
	if cql == "map<text, text>" {
		return gocql.CollectionType{NativeType: gocql.NewNativeType(4, gocql.TypeMap, ""), Key: TypeInfo("text"), Elem: TypeInfo("text")}
	}
	for t := gocql.TypeCustom; t <= gocql.TypeDuration; t++ {
		if t.String() == cql {
			return gocql.NewNativeType(4, t, "")
		}
	}
	return gocql.NewNativeType(4, gocql.TypeVarchar, "")
}

func (f Form) value(cql, text string) (any, error) {
	switch f {
	case AsNumber:
		return number(cql, text)
	case AsMoney:
		return number(cql, strings.NewReplacer("$", "", ",", "").Replace(text))
	case AsBool:
		return text == "t" || text == "1", nil
	case AsBits, AsBitBytes:
		base := map[Form]int{AsBits: 2, AsBitBytes: 16}[f]
		n, ok := new(big.Int).SetString(text, base)
		if !ok {
			return nil, errors.New("no number")
		}
		if cql == "bigint" {
			return n.Int64(), nil
		}
		return n, nil
	case AsUUID:
		return gocql.ParseUUID(text)
	case AsBytes, AsHex:
		return hex.DecodeString(strings.TrimPrefix(text, `\x`))
	case AsInet:
		return net.ParseIP(text), nil
	case AsHstore, AsHstoreJSON:
		return hstore(f, text)
	case AsPointX:
		x, _, _ := strings.Cut(strings.Trim(text, "()"), ",")
		return number(cql, x)
	case AsArray:
		return array(cql, text)
	}
	return f.timeValue(text)
}

func (f Form) timeValue(text string) (any, error) {
	switch f {
	case AsDate:
		return time.Parse(time.DateOnly, text)
	case AsTime, AsTimeMillis:
		t, err := time.Parse("15:04:05", text)
		if f == AsTimeMillis {
			t = t.Truncate(time.Millisecond)
		}
		return t.Sub(t.Truncate(24 * time.Hour)), err
	case AsZonedTime:
		t, err := time.Parse("15:04:05Z07", text)
		t = t.UTC()
		return t.Sub(t.Truncate(24 * time.Hour)), err
	case AsTimestamp:
		return time.Parse("2006-01-02 15:04:05", strings.TrimSuffix(text, "+00"))
	case AsSpan, AsInterval:
		days, clock, err := interval(text)
		if f == AsSpan {
			return gocql.Duration{Nanoseconds: int64(days)*int64(24*time.Hour) + int64(clock)}, err
		}
		return gocql.Duration{Days: days, Nanoseconds: int64(clock)}, err
	}
	return text, nil
}

func number(cql, text string) (any, error) {
	switch cql {
	case "float":
		v, err := strconv.ParseFloat(text, 32)
		return float32(v), err
	case "double":
		return strconv.ParseFloat(text, 64)
	case "decimal":
		v, ok := new(inf.Dec).SetString(text)
		if !ok {
			return nil, errors.New("no decimal number")
		}
		return v, nil
	case "text":
		return text, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

// interval reads an ISO 8601 duration without years and months.
func interval(text string) (days int32, clock time.Duration, err error) {
	date, rest, _ := strings.Cut(strings.TrimPrefix(text, "P"), "T")
	if date != "" {
		n, err := strconv.ParseInt(strings.TrimSuffix(date, "D"), 10, 32)
		if err != nil {
			return 0, 0, err
		}
		days = int32(n)
	}
	if rest != "" {
		clock, err = time.ParseDuration(strings.ToLower(rest))
	}
	return days, clock, err
}

func hstore(f Form, text string) (any, error) {
	all := map[string]string{}
	if err := json.Unmarshal([]byte("{"+strings.ReplaceAll(text, "=>", ":")+"}"), &all); err != nil {
		return nil, err
	}
	if f == AsHstore {
		return all, nil
	}
	out, err := json.Marshal(all)
	return string(out), err
}

// array reads an array without nulls whose quoted elements hold no quotes.
func array(cql, text string) (any, error) {
	elem := strings.TrimSuffix(strings.TrimPrefix(cql, "list<"), ">")
	form := map[string]Form{"text": AsText, "boolean": AsBool, "uuid": AsUUID, "date": AsDate, "timestamp": AsTimestamp}
	of, ok := form[elem]
	if !ok {
		of = AsNumber
	}
	list := []any{}
	for _, item := range elements(strings.Trim(text, "{}")) {
		v, err := of.value(elem, item)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func elements(text string) []string {
	if text == "" {
		return nil
	}
	var list []string
	item, quoted := "", false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			list, item = append(list, item), ""
		default:
			item += string(r)
		}
	}
	return append(list, item)
}
