package mapping

import (
	"os"
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
	data, err := appendJSON(nil, out)
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
		"value.price > 19.98 and value.price < 20": "true",
		"value.price == 19.99":                     "false", // as a binary number 19.99 is a little less or more
		"value.price == value.price":               "true",
		"value.none + 1":                           "null",
		"value.none > 1":                           "false",
		"value.none != 'TEST'":                     "true",
		"value.none == nil":                        "true",
		"not value.none":                           "true",
		"value.none or value.yes":                  "true",
		"value.none ? 1 : 2":                       "2",
		"value.s && value.yes":                     "error: at character 1 of the expression: a condition must be true or false",
		"lower(value.s) + '-' + header['x']":       `"ab-y"`,
		"lower(value.none)":                        "null",
		"lower(value.n)":                           "error: at character 1 of the expression: a whole number is no text",
		"value.n == 7.0":                           "true",
		"value.n in [1, 7]":                        "true",
		"value.n not in [1, 7]":                    "false",
		"value.s in ['x', 'Ab']":                   "true",
		"value.s matches '^A.$'":                   "true",
		"value.s matches value.s":                  "fault: a pattern must be a constant text",
		"value.s startsWith 'A'":                   "true",
		"any(value.items, .qty > 1)":               "true",
		"map(value.items, .sku)":                   `["a","b"]`,
		"join(map(value.items, .sku), ',')":        `"a,b"`,
		"count(value.items, .qty == nil)":          "1",
		"filter(value.none, .x)":                   "[]",
		"all(value.items, all(value.items, true))": "true",
		"value.items[value.n - 6].sku":             `"b"`,
		"value.items[value.n].sku":                 "error: at character 12 of the expression: the expression fails on this record: a value is of another type than it needs, or an index is out of range",
		"value.tags[lower('K')]":                   `"v"`,
		"value.tags[value.s].deeper":               "null",
		"value?.none ?? 'd'":                       `"d"`,
		"string(value.raw)":                        "error: at character 1 of the expression: the bytes are no text in UTF-8",
		"json(value.items)":                        `"[{\"qty\":2,\"sku\":\"a\"},{\"qty\":null,\"sku\":\"b\"}]"`,
		"int('9223372036854775808')":               "error: at character 1 of the expression: the text is no whole number of 64 bits",
		"int(1e300)":                               "error: at character 1 of the expression: it has no value among the whole numbers of 64 bits",
		"bucket(value.at, '1d')":                   `"1969-12-31T00:00:00Z"`,
		"to_epoch(value.at, 's')":                  "-1",
		"value.at - value.at":                      `"0s"`,
		"let x = value.n; x * x":                   "49",
		"1..10":                                    `fault: there is no operator ".."`,
		"loer(value.s)":                            `fault: there is no function "loer"`,
		"uuid()":                                   `fault: there is no function "uuid"`,
		"reduce(value.items, #acc + 1)":            `fault: there is no function "reduce"`,
		"value.s.trim()":                           "fault: values have no methods",
		"vlue.x + 1":                               `fault: there is nothing named "vlue"`,
		"header.x + 'a'":                           "fault: a header is written header['name'], and nothing follows",
		"meta.host + 'a'":                          "fault: meta needs one of its fields: meta.offset",
		"$env":                                     `fault: there is nothing named "$env"`,
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
		"all(value.l, all(value.l, true))":                               errSteps.Error(),
		"map(value.l, replace(#, 'x', 'yyyyyyyyyyyyyyyyyyyy'))":          errBytes.Error(),
		"replace(join(value.l, ''), 'x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyy')": errBytes.Error(),
	} {
		if got := computed(t, text, map[string]any{"value.l": many}); !strings.Contains(got, want) {
			t.Errorf("%s: got %.200s, want %s", text, got, want)
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

// FuzzExpression: no text panics or hangs.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"value.a + 1", "lower(value.s)", "any(value.l, # > 1)", "let x = 1; x", "value['a']?.b ?? 1", "[1,2][value.n]", "not (value.a in [1])", "-1", "value.l[1:2]", "1 ? 2 : 3", "\"\\u00e9\"", "|", "value.n | abs()"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		computed(t, text, map[string]any{"value.a": int64(1), "value.l": []any{int64(1), nil, "x"}, "value.s": "s", "value.n": 1.5})
	})
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
				if _, err := e.run(&machine, &spent, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
