package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ingest/mapping"
)

var addrType = &mapping.Type{Kind: mapping.TypeUDT, Keyspace: "shop", Name: "addr", Fields: []string{"street", "zip_code"},
	Elems: []*mapping.Type{{Kind: mapping.TypeText}, {Kind: mapping.TypeInt}}}

var errNoType = errors.New("no such type")

func udt(name string) (*mapping.Type, error) {
	switch name {
	case "addr":
		return addrType, nil
	case "CamelUDT", `odd "name"`:
		return &mapping.Type{Kind: mapping.TypeUDT, Name: name, Keyspace: "shop", Fields: []string{"a"}, Elems: []*mapping.Type{{Kind: mapping.TypeInt}}}, nil
	}
	return nil, errNoType
}

func cql(t interface{ Fatal(...any) }, text string) *mapping.Type {
	parsed, err := mapping.ParseType(text, udt)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestParseType(t *testing.T) {
	scalar := func(kind mapping.TypeKind) *mapping.Type { return &mapping.Type{Kind: kind} }
	cases := []struct {
		text, canonical string
		want            *mapping.Type
	}{
		{"int", "int", scalar(mapping.TypeInt)},
		{"varchar", "text", scalar(mapping.TypeText)},
		{"timeuuid", "timeuuid", scalar(mapping.TypeTimeUUID)},
		{"duration", "duration", scalar(mapping.TypeDuration)},
		{"list<int>", "list<int>", &mapping.Type{Kind: mapping.TypeList, Elem: scalar(mapping.TypeInt)}},
		{"map<text, frozen<list<int>>>", "map<text, frozen<list<int>>>",
			&mapping.Type{Kind: mapping.TypeMap, Key: scalar(mapping.TypeText), Elem: &mapping.Type{Kind: mapping.TypeList, Frozen: true, Elem: scalar(mapping.TypeInt)}}},
		{"set<frozen<addr>>", "set<frozen<addr>>", &mapping.Type{Kind: mapping.TypeSet, Elem: addrType}},
		{"frozen<tuple<int,text>>", "frozen<tuple<int, text>>",
			&mapping.Type{Kind: mapping.TypeTuple, Frozen: true, Elems: []*mapping.Type{scalar(mapping.TypeInt), scalar(mapping.TypeText)}}},
		{"vector<float, 3>", "vector<float, 3>", &mapping.Type{Kind: mapping.TypeVector, Elem: scalar(mapping.TypeFloat), Size: 3}},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			got := cql(t, c.text)
			if !got.Equal(c.want) {
				t.Errorf("got %#v", got)
			}
			if got.String() != c.canonical {
				t.Errorf("String() = %s, want %s", got, c.canonical)
			}
		})
	}
}

func TestParseTypeOfQuotedNames(t *testing.T) {
	for text, name := range map[string]string{`"CamelUDT"`: "CamelUDT", `"odd ""name"""`: `odd "name"`, `ADDR`: "addr"} {
		got := cql(t, text)
		if got.Kind != mapping.TypeUDT || got.Name != name {
			t.Errorf("%s: got %s", text, got.Name)
		}
		if again := cql(t, got.String()); !again.Equal(got) {
			t.Errorf("%s: String() = %s does not read back", text, got)
		}
	}
}

func TestParseTypeRefuses(t *testing.T) {
	cases := map[string]string{
		"":                           "expected a type",
		"list<int":                   `expected '>'`,
		"list<int>>":                 "unexpected text",
		"map<int>":                   `expected ','`,
		"vector<float, 0>":           "1 to 65536",
		"vector<float, x>":           "1 to 65536",
		`"open`:                      "does not end",
		"'org.apache.DynamicThing'":  "custom types",
		"nosuch":                     "no such type",
		strings.Repeat("list<", 500): "nested deeper",
	}
	for text, want := range cases {
		if _, err := mapping.ParseType(text, udt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30s: got %v, want %q", text, err, want)
		}
	}
}

func TestTypeEqualIgnoresFrozenAlone(t *testing.T) {
	same := [][2]string{{"frozen<list<int>>", "list<int>"}, {"varchar", "text"}, {"map<int, frozen<addr>>", "map<int, addr>"}}
	for _, pair := range same {
		if !cql(t, pair[0]).Equal(cql(t, pair[1])) {
			t.Errorf("%s and %s have the same bytes", pair[0], pair[1])
		}
	}
	differ := [][2]string{{"list<int>", "set<int>"}, {"bigint", "double"}, {"map<int, text>", "map<text, int>"}, {"vector<int, 2>", "vector<int, 3>"},
		{"addr", `"CamelUDT"`}, {"tuple<int>", "tuple<int, int>"}, {"list<int>", "list<bigint>"}}
	for _, pair := range differ {
		if cql(t, pair[0]).Equal(cql(t, pair[1])) {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
}

// typeText draws the text of a type.
func typeText(depth int) *rapid.Generator[string] {
	scalar := rapid.SampledFrom([]string{"int", "text", "bigint", "uuid", "addr", `"CamelUDT"`, "inet"})
	if depth == 0 {
		return scalar
	}
	inner := typeText(depth - 1)
	return rapid.OneOf(scalar,
		rapid.Map(inner, func(s string) string { return "list<" + s + ">" }),
		rapid.Map(inner, func(s string) string { return "frozen<set<" + s + ">>" }),
		rapid.Map(inner, func(s string) string { return "vector<" + s + ", 4>" }),
		rapid.Custom(func(t *rapid.T) string { return "map<" + inner.Draw(t, "key") + ", " + inner.Draw(t, "value") + ">" }),
		rapid.Custom(func(t *rapid.T) string {
			return "tuple<" + strings.Join(rapid.SliceOfN(inner, 1, 4).Draw(t, "elems"), ", ") + ">"
		}))
}

func TestTypeStringReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := typeText(3).Draw(t, "type")
		if got := cql(t, text).String(); got != text {
			t.Fatalf("%s became %s", text, got)
		}
	})
}

func FuzzParseType(f *testing.F) {
	for _, seed := range []string{"map<text, frozen<list<int>>>", `"odd ""name"""`, "vector<float, 3>", "tuple<int,addr>", "list<", "'x'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := mapping.ParseType(text, udt)
		if err != nil {
			return
		}
		again, err := mapping.ParseType(parsed.String(), udt)
		if err != nil || !again.Equal(parsed) {
			t.Fatalf("%q reads as %s, which does not read back: %v", text, parsed, err)
		}
	})
}
