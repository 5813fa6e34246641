package mapping

import (
	"os"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/vm"
	"gopkg.in/inf.v0"
)

func here(int) Pos { return Pos{1, 1} }

// computed evaluates an expression and gives the result as JSON, or its error.
func computed(t testing.TB, text string, env map[string]any) string {
	t.Helper()
	e, faults := parseExpression(text, here)
	if faults != nil {
		return "fault: " + faults[0].message
	}
	if env == nil {
		env = map[string]any{}
	}
	for _, in := range e.Inputs {
		if _, ok := env[in.Source.String()]; !ok {
			env[in.Source.String()] = nil
		}
	}
	var machine vm.VM
	out, err := e.run(&machine, &budget{}, env)
	if err != nil {
		return "error: " + err.Error()
	}
	data, err := appendJSON(nil, &budget{}, out)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(data)
}

func TestExpressions(t *testing.T) {
	env := func() map[string]any {
		return map[string]any{
			"value.n": int64(7), "value.big": int64(1<<63 - 1), "value.f": 2.5, "value.s": "Ab", "value.yes": true,
			"value.price": inf.NewDec(1999, 2), "value.at": time.UnixMilli(-1).UTC(), "value.raw": []byte{0xff},
			"value.items": []any{map[string]any{"sku": "a", "qty": int64(2)}, map[string]any{"sku": "b", "qty": nil}},
			"value.tags":  map[string]any{"k": "v"}, "header['x']": "y",
		}
	}
	for text, want := range map[string]string{
		"value.n + 1":           "8",
		"value.big + 1":         "error: at character 11 of the expression: the result has more than 64 bits",
		"-value.big - 2":        "error: at character 12 of the expression: the result has more than 64 bits",
		"value.n / 2":           "3.5",
		"value.n / 0":           "error: at character 9 of the expression: division by zero",
		"value.n % 4":           "3",
		"value.price * 2":       "39.98",
		"value.price + value.n": "26.99",
		"value.price > 19.98 and value.price < 20":      "true",
		"value.price == 19.99":                          "false", // as a binary number 19.99 is a little less or more
		"value.price == value.price":                    "true",
		"value.none + 1":                                "null",
		"value.none > 1":                                "false",
		"value.none != 'TEST'":                          "true",
		"value.none == nil":                             "true",
		"not value.none":                                "true",
		"value.none or value.yes":                       "true",
		"value.none ? 1 : 2":                            "2",
		"value.s && value.yes":                          "error: at character 1 of the expression: a condition must be true or false",
		"lower(value.s) + '-' + header['x']":            `"ab-y"`,
		"lower(value.none)":                             "null",
		"lower(value.n)":                                "error: at character 1 of the expression: a whole number is no text",
		"round(value.price, 1)":                         "20.0",
		"round(-2.5)":                                   "-3",
		"floor(value.price)":                            "19",
		"ceil(value.f)":                                 "3",
		"round(value.f, 31)":                            "error: at character 1 of the expression: a number is rounded to 0 to 30 digits after the point",
		"min(value.n, value.f, value.price)":            "2.5",
		"max(value.at, value.s)":                        "error: at character 1 of the expression: a text and a time cannot be compared",
		"max(value.none, 1)":                            "null",
		"sum(map(value.items, .qty))":                   "2",
		"sum(filter(value.items, false))":               "null",
		"sum(map(value.items, .sku))":                   `error: at character 1 of the expression: a text and a text do not go together with "+"`,
		"first(filter(value.items, false))":             "null",
		"last(value.items).sku":                         `"b"`,
		"values(value.tags)":                            `["v"]`,
		"{sku: value.s, n: [value.n]}.n[0]":             "7",
		"regex_find(value.s, 'x')":                      "null",
		"regex_find(value.s, 'x?(y)?')":                 "null",
		"regex_replace(value.s, '(?i)a', '[$0]')":       `"[A]b"`,
		"from_hex('0xff')":                              `"/w=="`,
		"from_hex('0')":                                 "error: at character 1 of the expression: the text is not pairs of hexadecimal digits",
		"from_base64('-_8=')":                           `"+/8="`,
		"from_base64('*')":                              "error: at character 1 of the expression: the text is not base64",
		"from_json('{\"a\": 18446744073709551616}').a":  "18446744073709551616",
		"from_json('1 2')":                              "error: at character 1 of the expression: the text is no JSON",
		"from_json(value.s)":                            "error: at character 1 of the expression: the text is no JSON",
		"from_json('1e999')":                            "error: at character 1 of the expression: JSON has a number that is too large",
		"time(value.s)":                                 "error: at character 1 of the expression: the text is no time such as 2026-01-31T13:30:00Z or 2026-01-31",
		"time('2026-01-31')":                            `"2026-01-31T00:00:00Z"`,
		"parse_time('1.2.2026', '%d.%m.%Y')":            "error: at character 1 of the expression: the text is no time in the layout \"%d.%m.%Y\"",
		"parse_time('2026-01-31 +0200', '%Y-%m-%d %z')": `"2026-01-30T22:00:00Z"`,
		"format_time(value.at, '%Y%m%d_%H')":            `"19691231_23"`,
		"format_time(value.at, '100%% %j %L')":          "fault: between its parts a layout has no letters and digits but T and Z",
		"format_time(value.at, '%j %L')":                "fault: %L, %f and %N stand behind a point or a comma",
		"format_time(value.at, '%Q')":                   "fault: a layout has %Y %y %m %d %e %j %H %I %p %M %S %L %f %N %b %B %a %A %z, and %% for a percent sign",
		"pad_left(value.s, 4, 'xy')":                    "error: at character 1 of the expression: what is put before a text is one character",
		"pad_left(value.s, 1, '0')":                     `"Ab"`,
		"md5(value.raw)":                                `"00594fd4f42ba43fc1ca0427a0576295"`,
		"if value.yes {1} else {2}":                     `fault: "value" is not expected here`,
		"value.price ?? 1":                              "19.99",
		"value.none ?? value.price":                     "19.99",
		"(value.none ?? value.price) + 1":               "20.99",
		"split('', '') ?? 1":                            "[]",
		"value.n == 7.0":                                "true",
		"value.n in [1, 7]":                             "true",
		"value.n not in [1, 7]":                         "false",
		"value.s in ['x', 'Ab']":                        "true",
		"value.s matches '^A.$'":                        "true",
		"value.s matches value.s":                       "fault: a pattern must be a constant text",
		"value.s startsWith 'A'":                        "true",
		"any(value.items, .qty > 1)":                    "true",
		"map(value.items, .sku)":                        `["a","b"]`,
		"join(map(value.items, .sku), ',')":             `"a,b"`,
		"count(value.items, .qty == nil)":               "1",
		"filter(value.none, .x)":                        "[]",
		"all(value.items, all(value.items, true))":      "true",
		"value.items[value.n - 6].sku":                  `"b"`,
		"value.items[value.n].sku":                      "error: at character 12 of the expression: the expression fails on this record: a value is of another type than it needs, or an index is out of range",
		"value.tags[lower('K')]":                        `"v"`,
		"value.tags[value.s].deeper":                    "null",
		"value?.none ?? 'd'":                            `"d"`,
		"string(value.raw)":                             "error: at character 1 of the expression: the bytes are no text in UTF-8",
		"json(value.items)":                             `"[{\"qty\":2,\"sku\":\"a\"},{\"qty\":null,\"sku\":\"b\"}]"`,
		"int('9223372036854775808')":                    "error: at character 1 of the expression: the text is no whole number of 64 bits",
		"int(1e300)":                                    "error: at character 1 of the expression: it has no value among the whole numbers of 64 bits",
		"bucket(value.at, '1d')":                        `"1969-12-31T00:00:00Z"`,
		"to_epoch(value.at, 's')":                       "-1",
		"value.at - value.at":                           `"0s"`,
		"let x = value.n; x * x":                        "49",
		"1..10":                                         `fault: there is no operator ".."`,
		"loer(value.s)":                                 `fault: there is no function "loer"`,
		"uuid()":                                        `fault: there is no function "uuid"`,
		"reduce(value.items, #acc + 1)":                 `fault: there is no function "reduce"`,
		"value.s.trim()":                                "fault: values have no methods",
		"vlue.x + 1":                                    `fault: there is nothing named "vlue"`,
		"header.x + 'a'":                                "fault: a header is written header['name'], and nothing follows",
		"meta.host + 'a'":                               "fault: meta needs one of its fields: meta.offset",
		"$env":                                          `fault: there is nothing named "$env"`,
	} {
		if got := computed(t, text, env()); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestExpressionBounds: no record can make an expression run for long or make much.
func TestExpressionBounds(t *testing.T) {
	many := make([]any, 2000)
	for i := range many {
		many[i] = strings.Repeat("x", 1<<10)
	}
	for text, want := range map[string]string{
		"all(value.l, all(value.l, true))":                                           errSteps.Error(),
		"map(value.l, replace(#, 'x', 'yyyyyyyyyyyyyyyyyyyy'))":                      errBytes.Error(),
		"replace(join(value.l, ''), 'x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyy')":             errBytes.Error(),
		"pad_left('a', 99999999999, 'x')":                                            errBytes.Error(),
		"pad_left('a', 9000000, 'ä')":                                                errBytes.Error(),
		"regex_replace(substring(join(value.l, ''), 0, 95000), 'x', first(value.l))": errBytes.Error(),
		"regex_replace(join(value.l, ''), '', '-')":                                  errSteps.Error(),
		"from_json(join(value.l, ''))":                                               errBytes.Error(),
		"hex(join(map(value.l, join(value.l, '')), ''))":                             errBytes.Error(),
		"all(value.l, sum(map(value.l, 1)) > 0)":                                     errSteps.Error(),
	} {
		before := allocated()
		if got := computed(t, text, map[string]any{"value.l": many}); !strings.Contains(got, want) {
			t.Errorf("%s: got %.200s, want %s", text, got, want)
		}
		if grew := allocated() - before; grew > 24*maxExprBytes { // also of what grew and was left
			t.Errorf("%s: allocated %d MiB", text, grew>>20)
		}
	}
	if _, fault := parseExpression(strings.Repeat("1+", 600)+"1", here); fault == nil {
		t.Error("an expression of very many nodes was taken")
	}
	if _, fault := parseExpression(strings.Repeat("x", maxExprLength+1), here); fault == nil {
		t.Error("a very long expression was taken")
	}
}

// TestFunctionsPage runs the examples of the reference, one for each function.
func TestFunctionsPage(t *testing.T) {
	tried := map[string]bool{}
	for _, line := range pageLines(t, "../docs/mapping.md") {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.Contains(line, "` | `") {
			continue
		}
		example := strings.Trim(cells[1], "`")
		want := strings.Trim(strings.TrimSuffix(strings.TrimSpace(cells[2]), " |"), "`")
		if got := computed(t, example, nil); got != want {
			t.Errorf("%s\n gives %s\npage says %s", example, got, want)
		}
		name, _, _ := strings.Cut(example, "(")
		tried[name] = true
	}
	for name := range functions {
		if !tried[name] && name != "now" {
			t.Errorf("docs/mapping.md has no example of %s", name)
		}
	}
	for name := range walkers {
		if !tried[name] {
			t.Errorf("docs/mapping.md has no example of %s", name)
		}
	}
}

func pageLines(t *testing.T, path string) []string {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(page), "\n")
}

// fuzzedTypes are columns that results are written to.
var fuzzedTypes = []string{"text", "bigint", "double", "decimal", "boolean", "blob", "timestamp", "date", "list<text>", "map<text,bigint>", "tuple<bigint,text>", "vector<float,2>"}

// FuzzExpression: no text panics or hangs, each fault is inside of it, and what is
// taken runs on values of any kind, as its type says.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"value.a + 1", "lower(value.s)", "any(value.l, # > 1)", "let x = 1; x", "value['a']?.b ?? 1", "[1,2][value.n]", "not (value.a in [1])", "-1", "value.l[1:2]", "1 ? 2 : 3", "\"\\u00e9\"", "|", "value.n | abs()",
		"{a: value.m.k, 'b': [1]}", "regex_replace(value.s, '(s)', '$1$1')", "regex_find(value.s, 's+')", "round(value.d, 2)", "format_time(value.t, '%Y-%m-%dT%H:%M:%S.%L')", "parse_time('01.02.2026', '%d.%m.%Y')", "from_json('{\"a\":[1,2.5,null]}').a[1]",
		"sum(map(value.l, len(string(#))))", "min(value.n, 2)", "pad_left(value.s, 9, '0')", "hex(from_base64('aGk='))", "values(value.m)", "bucket(value.t, '1d')", "value.t - value.t", "value.s in ['s', nil]", "uuid_v5('dns', value.s)", "filter(value.l, # != nil)[0]"} {
		f.Add(seed)
	}
	var columns []*result
	for _, text := range fuzzedTypes {
		typ, err := ParseType(text, nil)
		if err != nil {
			f.Fatal(err)
		}
		columns = append(columns, newResult(typ, UnitNone))
	}
	shape := record("V", "a", primitive(KindLong), "s", primitive(KindString), "n", primitive(KindDouble), "l", &Shape{Kind: KindArray, Elem: nullable(primitive(KindString))},
		"m", &Shape{Kind: KindMap, Elem: primitive(KindLong)}, "d", &Shape{Kind: KindBytes, Logical: LogicalDecimal, Scale: 2}, "t", &Shape{Kind: KindLong, Logical: LogicalTimestampMillis})
	f.Fuzz(func(t *testing.T, text string) {
		e, faults := parseExpression(text, here)
		for _, fault := range faults {
			if fault.at < 0 || fault.at > len(text) || fault.message == "" {
				t.Errorf("fault at %d of %d: %q", fault.at, len(text), fault.message)
			}
			if strings.HasPrefix(fault.message, "the expression cannot be ") {
				t.Errorf("not in our words: %s", fault.message)
			}
		}
		if faults != nil {
			return
		}
		typ, found := e.check(known{value: shape})
		for _, v := range []map[string]any{
			{"value.a": int64(1), "value.l": []any{"1", nil, "x"}, "value.s": "s", "value.n": 1.5, "value.m": map[string]any{"k": int64(2)}, "value.d": inf.NewDec(5, 2), "value.t": time.Unix(1, 0).UTC()},
			{"value.a": "1", "value.l": map[string]any{}, "value.s": int64(1)},
		} {
			for i := range e.Inputs {
				name := e.Inputs[i].Source.String()
				if _, ok := v[name]; !ok {
					v[name] = nil
				}
			}
			before, start := allocated(), time.Now()
			var machine vm.VM
			out, err := e.run(&machine, &budget{}, v)
			if took := time.Since(start); took > mostParseTime {
				t.Errorf("took %v", took)
			}
			if grew := allocated() - before; grew > 16*maxExprBytes {
				t.Errorf("allocated %d", grew)
			}
			if err != nil || out == nil {
				continue
			}
			if v["value.s"] == "s" && len(found.faults) == 0 && len(found.missing) == 0 && inputsOf(e, shape) && kindsOf(out)&typ.can == 0 {
				t.Errorf("gives %s, and its type is %s", typeName(out), typ.can)
			}
			for _, column := range columns {
				_, _ = column.append(nil, out)
			}
		}
	})
}

// inputsOf reports whether every input is a field of a shape, or below one.
func inputsOf(e *Expression, shape *Shape) bool {
	for i := range e.Inputs {
		s := &e.Inputs[i].Source
		if _, found, _ := ResolvePath(shape, s.Path, false); s.Root != RootValue || len(s.Path) != 1 || !found {
			return false
		}
	}
	return true
}

// kindsOf gives the kind of a value.
func kindsOf(v any) kinds {
	switch v.(type) {
	case bool:
		return aBoolean
	case int, int64:
		return aWhole
	case float64:
		return aReal
	case *inf.Dec:
		return aDecimal
	case string:
		return texts
	case []byte:
		return someBytes
	case time.Time:
		return aTime
	case time.Duration:
		return aSpan
	case []any:
		return aList
	case map[string]any:
		return aMap
	}
	return 0
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func BenchmarkExpression(b *testing.B) {
	for _, text := range []string{"value.status != 'TEST'", "lower(value.status) + '-' + string(value.n)", "bucket(value.at, '1d')"} {
		b.Run(text, func(b *testing.B) {
			e, faults := parseExpression(text, here)
			if faults != nil {
				b.Fatal(faults[0].message)
			}
			env := map[string]any{"value.status": "PAID", "value.n": int64(7), "value.at": time.UnixMilli(1).UTC()}
			var machine vm.VM
			var spent budget
			b.ReportAllocs()
			for b.Loop() {
				spent = budget{}
				if _, err := e.run(&machine, &spent, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestDecimalsAreCountedBeforeTheyAreWritten: four bytes can be a decimal of
// thousands of digits.
func TestDecimalsAreCountedBeforeTheyAreWritten(t *testing.T) {
	list := make([]any, 50_000)
	for i := range list {
		list[i] = inf.NewDec(1, maxScale)
	}
	for _, text := range []string{"json(value.a)", "map(value.a, string(#))"} {
		e, faults := parseExpression(text, here)
		if faults != nil {
			t.Fatal(faults[0].message)
		}
		before := allocated()
		_, err := e.run(&vm.VM{}, &budget{}, map[string]any{"value.a": list})
		if made := allocated() - before; err == nil || made > 16*maxExprBytes {
			t.Errorf("%s makes %d bytes and ends with %v", text, made, err)
		}
	}
}
