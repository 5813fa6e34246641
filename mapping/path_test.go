package mapping

import (
	"strings"
	"testing"
)

// TestPathRoundTrip: a path reads back as it is written.
func TestPathRoundTrip(t *testing.T) {
	for _, text := range []string{
		"value", "key", "value.a", "key.a.b_2._c", "value.items[0].sku", "value.attributes['the key']", "value[3]", "value['a']['b'][0]",
		"header['x-request-id']", "header['']", "meta.topic", "meta.partition", "meta.offset", "meta.timestamp", "meta.schema_id",
	} {
		s, err := parsePath(text)
		if err != nil || s.String() != text {
			t.Errorf("%s: got %s, %v", text, &s, err)
		}
	}
}

func TestPathQuotes(t *testing.T) {
	for text, want := range map[string]string{
		`header["it's"]`:   "it's",
		`header['it\'s']`:  "it's",
		`header["a\\b"]`:   `a\b`,
		`header['a\n']`:    `a\n`,
		`header['a[0].b']`: "a[0].b",
	} {
		if s, err := parsePath(text); err != nil || s.Name != want {
			t.Errorf("%s: got %q, %v; want %q", text, s.Name, err, want)
		}
	}
}

func TestPathErrors(t *testing.T) {
	long := "value." + strings.Repeat("a", maxPathLength)
	tests := []struct {
		text string
		at   int
		want string
	}{
		{"", 0, "no path"},
		{"web", 0, `"web" is not a path`},
		{"vlue.a", 0, `"vlue.a" is not a path`},
		{"line.sku", 0, `"line.sku" is not a path`},
		{"value.", 6, "a field's name is missing after the dot"},
		{"value..a", 6, "a field's name is missing"},
		{"value.2a", 6, "a field's name is missing"},
		{"value.a-b", 7, "no path"},
		{"value.a + 1", 7, "no path"},
		{"value .a", 5, "no path"},
		{"not value.a", 3, "no path"},
		{"string(value.a)", 6, "no path"},
		{"value[-1]", 6, `"-1" is not an index`},
		{"value[+1]", 6, `"+1" is not an index`},
		{"value[]", 6, `"" is not an index`},
		{"value[2147483648]", 6, `"2147483648" is not an index`},
		{"value[0", 5, "this bracket is not closed"},
		{"value['a", 5, "does not end"},
		{"value['a'b]", 5, "not closed after the name"},
		{"header", 6, "stands in brackets"},
		{"header.a", 6, "stands in brackets"},
		{"header[a]", 6, "stands in brackets"},
		{"header['a'].b", 11, "a header has no fields"},
		{"header['a'] != 'b'", 11, "no path"},
		{"meta", 4, "meta needs one of its fields"},
		{"meta.host", 5, `meta has no field "host"`},
		{"meta.topic.a", 10, "meta.topic has no fields"},
		{"meta.topic + 'a'", 10, "no path"},
		{long, 0, "up to 1024 bytes"},
		{"value" + strings.Repeat("[0]", 65), 0, "up to 64 steps"},
	}
	for _, tt := range tests {
		_, err := parsePath(tt.text)
		if err == nil || err.at != tt.at || !strings.Contains(err.message, tt.want) {
			t.Errorf("%.40q: got %+v, want %q at %d", tt.text, err, tt.want, tt.at)
		}
	}
}

// TestPathPlace: a fault inside of a scalar is shown where it stands.
func TestPathPlace(t *testing.T) {
	const head = "version: 1\ntopics:\n  - topic: a\n    tables:\n      - table: k.t\n        columns:\n"
	for src, want := range map[string]Pos{
		"          a: value.x + $\n":               {7, 24},
		"          a: 'value.x + $'\n":             {7, 25},
		"          a: '\"é\" + value.x + $'\n":     {7, 31},
		"          é: \"value.x + $\"\n":           {7, 25},
		"          a: {from: value.x + $}\n":       {7, 31},
		"          a: |\n            value.x+$\n":  {7, 14},
		"          a: \"v\\x61lue.x + $\"\n":       {7, 14},
		"          a: 'value.\n            x $'\n": {7, 14},
	} {
		_, ds := Parse("f", []byte(head+src))
		if len(ds) != 1 || (Pos{ds[0].Line, ds[0].Col}) != want {
			t.Errorf("%q: got %v, want one at %v", src, ds, want)
		}
	}
}
