package avro

import (
	"encoding/hex"
	"testing"
)

func TestEncodeJSON(t *testing.T) {
	const schema = `{"type": "record", "name": "a.Row", "fields": [
		{"name": "n", "type": "long"},
		{"name": "note", "type": ["null", "string"], "default": null},
		{"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": null},
		{"name": "one", "type": ["null", "a.Other", {"type": "record", "name": "a.Last", "fields": [{"name": "x", "type": "int"}]}], "default": null}]}`
	s, err := Parse(schema, []Reference{{Name: "other", Schema: `{"type": "record", "name": "a.Other", "fields": [{"name": "x", "type": "int"}]}`}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ json, want string }{
		{`{"n": 1}`, "02000000"},
		{`{"n": -1, "note": "a"}`, "0102" + "0261" + "0000"},
		{`{"n": 1, "note": {"string": "a"}, "at": {"long": 1}, "one": {"a.Last": {"x": 3}}}`, "02" + "020261" + "0202" + "0406"},
		{`{"n": 1, "one": {"a.Other": {"x": 3}}}`, "02" + "00" + "00" + "0206"},
	} {
		got, err := s.EncodeJSON([]byte(tc.json))
		if err != nil || hex.EncodeToString(got) != tc.want {
			t.Errorf("%s is %x, %v; want %s", tc.json, got, err, tc.want)
		}
	}
	for _, wrong := range []string{``, `{}`, `{"n": "x"}`, `{"n": 1} trailing`, `{"n": 1, "one": {"a.Nobody": {"x": 3}}}`} {
		if got, err := s.EncodeJSON([]byte(wrong)); err == nil {
			t.Errorf("%s is %x", wrong, got)
		}
	}
}
