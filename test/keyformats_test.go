//go:build stack

package test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// keyFormats are the formats of keys with the type of the column that each fills,
// a key as Kafka's serializer writes it, and that as Cassandra writes it.
var keyFormats = []struct {
	format, typ string
	key         []byte
	want        string
}{
	{"string", "text", []byte("id-ä"), "'id-ä'"},
	{"long", "bigint", binary.BigEndian.AppendUint64(nil, 1<<40), "1099511627776"},
	{"int", "int", binary.BigEndian.AppendUint32(nil, 0xffff_fffe), "-2"},
	{"uuid", "uuid", []byte("6f1c2b9e-8a41-4f63-9c0e-2f0a6f0f3d11"), "6f1c2b9e-8a41-4f63-9c0e-2f0a6f0f3d11"},
	{"bytes", "blob", []byte{0, 1, 255}, "0x0001ff"},
	{"avro, schema: key.avsc", "text", []byte("\x06abc"), "'abc'"},
}

// TestKeyFormatsWithoutARegistry: each format of keys becomes its column, and with
// given schemas nothing needs a registry or its setting. One value in each topic
// has no room for its Avro.
func TestKeyFormatsWithoutARegistry(t *testing.T) {
	var ddl []string
	mapping := "version: 1\ntopics:\n"
	for i, k := range keyFormats {
		ddl = append(ddl, fmt.Sprintf("CREATE TABLE key_formats.t%d (k %s PRIMARY KEY, a text, n bigint)", i, k.typ))
		mapping += fmt.Sprintf(`  - topic: key_formats.t%d
    key: {format: %s}
    value: {format: avro, schema: value.avsc}
    tables:
      - table: key_formats.t%d
        columns_from: value
        columns:
          k: key
`, i, k.format, i)
	}
	s := newScene(t, "key_formats", 1, ddl...)
	file := harness.WriteMapping(t, mapping)
	for name, text := range map[string]string{"value.avsc": textAndNumber, "key.avsc": `"string"`} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	value, err := avro.MustParse(textAndNumber).Encode(map[string]any{"a": "", "n": int64(7)}) // begins with a zero byte
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keyFormats {
		topic := fmt.Sprintf("key_formats.t%d", i)
		createTopic(t, s.admin, topic, 1)
		produce(t, s.client, &kgo.Record{Topic: topic, Key: k.key, Value: value}, &kgo.Record{Topic: topic, Key: k.key, Value: append([]byte{0, 0, 0, 0, 1}, value...)})
	}
	env := settings(file, "key_formats", "INGEST_SCHEMA_REGISTRY_URLS=", "INGEST_DEAD_LETTER_TOPIC="+s.letterTopic())
	w := startWorker(t, env, "run", "--until-current")
	if code := w.Wait(time.Minute); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for i, k := range keyFormats {
		var n int64
		query := fmt.Sprintf("SELECT n FROM key_formats.t%d WHERE k = %s", i, k.want)
		if !s.scan(query, &n) || n != 7 || s.count(fmt.Sprintf("key_formats.t%d", i)) != 1 {
			t.Errorf("%s: n is %d, want 7", query, n)
		}
	}
	explainsWithoutARegistry(t, env)
	letters := s.letters()
	if len(letters) != len(keyFormats) {
		t.Errorf("%d dead letters, want %d", len(letters), len(keyFormats))
	}
	for at, l := range letters {
		if !strings.HasSuffix(at, "/0/1") || l.headers["ingest.class"] != "decode" {
			t.Errorf("letter of %s: %v", at, l.headers)
		}
	}
}

// What explain says of live records whose schemas the mapping file gives.
func explainsWithoutARegistry(t *testing.T, env []string) {
	t.Helper()
	for i, k := range keyFormats {
		code, output := explain(t, env, "--topic", fmt.Sprintf("key_formats.t%d", i), "--partition", "0", "--offset", "0", "--json")
		var x explained
		if err := json.Unmarshal([]byte(output), &x); err != nil || code != 0 || len(x.Tables) != 1 {
			t.Errorf("explain of a %s key: exit code %d, %v\n%s", k.format, code, err, output)
			continue
		}
		for _, c := range x.Tables[0].Columns {
			if c.Column == "k" && c.Value != k.want || c.Column == "n" && c.Value != "7" {
				t.Errorf("explain of a %s key: %+v", k.format, c)
			}
		}
	}
}
