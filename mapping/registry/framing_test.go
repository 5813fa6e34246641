package registry

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"ingest/mapping"
	"ingest/retry"
)

// guidOf gives the GUID of the registered version 1 of a subject, as text and as
// HeaderSchemaIdSerializer writes it into a header.
func guidOf(t testing.TB, w *world, subject string) (text string, header []byte) {
	t.Helper()
	found, err := w.client.urls[0].SchemaByVersion(t.Context(), subject, 1)
	if err != nil {
		t.Fatal(err)
	}
	guid, err := hex.DecodeString(strings.ReplaceAll(found.GUID, "-", ""))
	if err != nil || len(guid) != 16 {
		t.Fatalf("GUID %q", found.GUID)
	}
	return found.GUID, append([]byte{1}, guid...)
}

// TestHeaderNamesTheSchema: a header names the schema by GUID or by id, wins over
// the payload's first bytes, and leaves the payload to Avro as a whole.
func TestHeaderNamesTheSchema(t *testing.T) {
	w := newWorld(t, config())
	w.seed("orders-key", 1, 3, `"string"`)
	w.seed("orders-value", 1, 7, ordersValue)
	w.seed("orders-value", 2, 8, widerValue)
	_, key := guidOf(t, w, "orders-key")
	_, value := guidOf(t, w, "orders-value")
	m := ordersMapper(t, w, "avro", "text")
	wide := append(putString(nil, "n"), putLong(nil, 5)...)
	id := append([]byte{0}, binary.BigEndian.AppendUint32(nil, 8)...)
	for _, tt := range []struct {
		name       string
		headers    []mapping.Header
		key, value []byte
		want       string
	}{
		{"GUIDs", []mapping.Header{{Name: keyHeader, Value: key}, {Name: valueHeader, Value: value}}, putString(nil, "a"), putLong(nil, 5),
			"0: INSERT at 1: id=61 qty=00000005 schema=00000007\n"},
		{"an id", []mapping.Header{{Name: valueHeader, Value: id}}, framed(3, putString(nil, "a")), wide,
			"0: INSERT at 1: id=61 qty=00000005 schema=00000008\n"},
		{"the last one counts", []mapping.Header{{Name: valueHeader, Value: value}, {Name: valueHeader, Value: id}}, framed(3, putString(nil, "a")), wide,
			"0: INSERT at 1: id=61 qty=00000005 schema=00000008\n"},
		{"a value that looks framed", []mapping.Header{{Name: valueHeader, Value: value}}, framed(3, putString(nil, "a")), framed(7, putLong(nil, 5)),
			"0: decode path=value: at byte 1 of 6: bytes are left after the last field\n"},
		{"none, and a header without a value", []mapping.Header{{Name: valueHeader}}, framed(3, putString(nil, "a")), framed(7, putLong(nil, 5)),
			"0: INSERT at 1: id=61 qty=00000005 schema=00000007\n"},
		{"a header that is too short", []mapping.Header{{Name: valueHeader, Value: value[:16]}}, framed(3, putString(nil, "a")), putLong(nil, 5),
			"0: framing path=value: header __value_schema_id has 16 bytes and begins with 0x01: a schema is named by 0 and an id in 4 bytes, or by 1 and a GUID in 16\n"},
		{"an unknown magic", []mapping.Header{{Name: keyHeader, Value: []byte{2, 0, 0, 0, 3}}}, putString(nil, "a"), framed(7, putLong(nil, 5)),
			"0: framing path=key: header __key_schema_id has 5 bytes and begins with 0x02: a schema is named by 0 and an id in 4 bytes, or by 1 and a GUID in 16\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := mapping.Record{Topic: "orders", Key: tt.key, Value: tt.value, Headers: tt.headers}
			var buf mapping.Buffer
			if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
				t.Fatal(err)
			}
			if got := described(&buf); got != tt.want {
				t.Errorf("got  %swant %s", got, tt.want)
			}
		})
	}
}

// TestGUIDAndIDShareAPlan: both names of a schema are asked for once, and compiled
// once.
func TestGUIDAndIDShareAPlan(t *testing.T) {
	w := newWorld(t, config())
	w.seed("orders-value", 1, 7, ordersValue)
	_, guid := guidOf(t, w, "orders-value")
	m := ordersMapper(t, w, "string", "text")
	before := w.asked()
	var buf mapping.Buffer
	for range 3 {
		for _, rec := range []mapping.Record{
			{Topic: "orders", Key: []byte("a"), Value: framed(7, putLong(nil, 5))},
			{Topic: "orders", Key: []byte("a"), Value: putLong(nil, 5), Headers: []mapping.Header{{Name: valueHeader, Value: guid}}},
		} {
			if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(buf.Rows) != 6 || w.asked()-before != 2 {
		t.Errorf("%d requests, %s", w.asked()-before, described(&buf))
	}
	decoders := map[mapping.Decoder]bool{}
	for _, plan := range *m.write.value.plans.Load() {
		decoders[plan.decoder] = true
	}
	if len(decoders) != 1 {
		t.Errorf("%d decoders of one schema", len(decoders))
	}
}

// TestUnknownGUIDs become poison, whether the registry looked or has no such lookup.
func TestUnknownGUIDs(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"not there": nil,
		"no such lookup": func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case strings.Contains(r.URL.Path, "/guids/"):
				w.WriteHeader(http.StatusNotFound)
			case strings.HasSuffix(r.URL.Path, "/schemas/types"):
				_, _ = w.Write([]byte(`["AVRO"]`))
			default:
				return false
			}
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, config())
				w.answers(answer)
				m := ordersMapper(t, w, "string", "text")
				rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: putLong(nil, 5),
					Headers: []mapping.Header{{Name: valueHeader, Value: []byte("\x010123456789abcdef")}}}
				var buf mapping.Buffer
				if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
					t.Fatal(err)
				}
				const want = "schema GUID 30313233-3435-3637-3839-616263646566"
				if poison := wantReason(t, buf.Poison[0].Err, retry.ReasonUnknownSchema); !strings.Contains(poison.Error(), want) || rec.SchemaID != 0 {
					t.Errorf("%v, schema id %d", poison, rec.SchemaID)
				}
			})
		})
	}
}

// TestGUIDWithoutID: a registry need not say the id, and then meta has none.
func TestGUIDWithoutID(t *testing.T) {
	w := newWorld(t, config())
	w.answers(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/guids/") {
			return false
		}
		_, _ = rw.Write([]byte(`{"schema":"{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"qty\",\"type\":\"int\"}]}"}`))
		return true
	})
	m := ordersMapper(t, w, "string", "text")
	rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: putLong(nil, 5), Headers: []mapping.Header{{Name: valueHeader, Value: []byte("\x010123456789abcdef")}}}
	var buf mapping.Buffer
	if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
		t.Fatal(err)
	}
	if got, want := described(&buf), "0: INSERT at 1: id=61 qty=00000005 schema=?3\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

// TestPlainKeys: each format that needs no schema, into the types that take it.
func TestPlainKeys(t *testing.T) {
	const uuid = "6f1c2b9e-8a41-4f63-9c0e-2f0a6f0f3d11"
	const uuidHex = "6f1c2b9e8a414f639c0e2f0a6f0f3d11"
	for _, tt := range []struct {
		format, typ string
		key         []byte
		want        string
	}{
		{"string", "text", []byte("id-1"), "id=69642d31"},
		{"string", "text", []byte{}, "id="},
		{"string", "text", []byte("caf\xe9"), "value table=shop.orders column=id path=key type="},
		{"long", "bigint", long(-2), "id=fffffffffffffffe"},
		{"long", "int", long(258), "id=00000102"},
		{"long", "int", long(1 << 32), "value table=shop.orders column=id path=key type="},
		{"long", "bigint", []byte("1234567"), "decode path=key: a key of format long has 8 bytes, and this has 7"},
		{"int", "int", []byte{0xff, 0xff, 0xff, 0xfe}, "id=fffffffe"},
		{"int", "bigint", []byte{0xff, 0xff, 0xff, 0xfe}, "id=fffffffffffffffe"},
		{"int", "int", long(1), "decode path=key: a key of format int has 4 bytes, and this has 8"},
		{"uuid", "uuid", []byte(uuid), "id=" + uuidHex},
		{"uuid", "uuid", []byte(strings.ToUpper(uuid)), "id=" + uuidHex},
		{"uuid", "text", []byte(uuid), "id=" + hex.EncodeToString([]byte(uuid))},
		{"uuid", "text", []byte(strings.ReplaceAll(uuid, "-", "_")), "decode path=key: the key is not the text of a UUID"},
		{"uuid", "uuid", []byte(uuid[:35]), "decode path=key: a key of format uuid has 36 bytes, and this has 35"},
		{"uuid", "timeuuid", []byte(uuid), "value table=shop.orders column=id path=key type="}, // of version 4
		{"bytes", "blob", []byte{0, 255}, "id=00ff"},
		{"bytes", "blob", []byte{}, "id="},
	} {
		w := newWorld(t, config())
		w.seed("orders-value", 1, 7, ordersValue)
		m := ordersMapper(t, w, tt.format, tt.typ)
		rec := mapping.Record{Topic: "orders", Key: tt.key, Value: framed(7, putLong(nil, 5))}
		var buf mapping.Buffer
		if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
			t.Fatal(err)
		}
		if got := described(&buf); !strings.Contains(got, tt.want) {
			t.Errorf("%s %x into %s: %swant %s", tt.format, tt.key, tt.typ, got, tt.want)
		}
	}
}

// FuzzFraming: whatever stands in a header or in front of a payload names one
// schema or is poison; nothing else is asked for, and nothing is cut off a payload
// that a header speaks for.
func FuzzFraming(f *testing.F) {
	f.Add([]byte(nil), []byte("\x00\x00\x00\x00\x07\x06"))
	f.Add([]byte("\x00\x00\x00\x00\x07"), []byte("\x06"))
	f.Add([]byte("\x010123456789abcdef"), []byte("\x06"))
	f.Add([]byte("\x010123456789abcde"), []byte(""))
	f.Add([]byte(""), []byte("\x01\x02"))
	f.Fuzz(func(t *testing.T, header, value []byte) {
		rec := mapping.Record{Value: value, Headers: []mapping.Header{{Name: valueHeader, Value: header}}}
		ref, body, err := frameOf(&rec, valueHeader, value)
		switch {
		case err != nil:
			wantReason(t, err, retry.ReasonFraming)
			return
		case len(header) > 0 && len(body) != len(value), len(header) == 0 && len(body) != len(value)-idBytes:
			t.Fatalf("header of %d bytes, value of %d, body of %d", len(header), len(value), len(body))
		case ref.byGUID && (len(header) != guidBytes || len(ref.text()) != 36 || ref.id != 0):
			t.Fatalf("%s of a header of %d bytes", ref, len(header))
		}
		written := append([]byte{0}, binary.BigEndian.AppendUint32(nil, uint32(ref.id))...)
		if ref.byGUID {
			written = append([]byte{1}, ref.guid()...)
		}
		if from := header; len(from) > 0 && string(from) != string(written) || len(from) == 0 && string(value[:idBytes]) != string(written) {
			t.Fatalf("%s was not what the record says", ref)
		}
	})
}
