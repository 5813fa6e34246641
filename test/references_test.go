//go:build stack

package test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"ingest/test/harness"
)

// The versions of what a schema refers to, and of what that refers to.
var (
	prices = []string{
		`{"type": "record", "name": "shop.Price", "fields": [{"name": "amount", "type": "int"}]}`,
		`{"type": "record", "name": "shop.Price", "fields": [{"name": "currency", "type": {"type": "enum", "name": "Currency", "symbols": ["EUR", "NOK"]}}, {"name": "amount", "type": "long"}]}`,
	}
	items = []string{
		`{"type": "record", "name": "shop.Item", "fields": [{"name": "sku", "type": "string"}, {"name": "price", "type": "shop.Price"}]}`,
		`{"type": "record", "name": "shop.Item", "fields": [{"name": "price", "type": ["null", "shop.Price"]}, {"name": "article", "aliases": ["sku"], "type": "string"}]}`,
		`{"type": "record", "name": "shop.Item", "fields": [{"name": "sku", "type": "boolean"}]}`,
	}
)

const referring = `{"type": "record", "name": "shop.Order", "fields": [{"name": "item", "type": "shop.Item"}]}`

// registerReferring registers a schema that refers to versions of other subjects.
// inline is the same schema with all of them in it, which encodes records.
func registerReferring(t *testing.T, name, text, inline string, references ...sr.SchemaReference) *subject {
	t.Helper()
	client, err := sr.NewClient(sr.URLs(servers.RegistryURL()))
	if err != nil {
		t.Fatal(err)
	}
	registered, err := client.CreateSchema(t.Context(), name, sr.Schema{Schema: text, References: references})
	if err != nil {
		t.Fatalf("registering %s: %v", name, err)
	}
	return &subject{id: registered.ID, schema: parseSchema(t, inline)}
}

// TestReferencedSchemasEvolve: one text, registered anew for each version of what it
// refers to, is another schema each time, and a version that nothing refers to
// changes nothing.
func TestReferencedSchemasEvolve(t *testing.T) {
	const name = "referring"
	s := newScene(t, name, 1, "CREATE TABLE referring.rows (k text PRIMARY KEY, sku text, amount bigint, currency text, id int)")
	refer := func(to string, version int) sr.SchemaReference {
		return sr.SchemaReference{Name: "shop." + to, Subject: name + "-" + to, Version: version}
	}
	var orders []*subject
	for i := range prices {
		item := strings.Replace(items[i], `"shop.Price"`, prices[i], 1)
		registerText(t, name+"-Price", prices[i])
		registerReferring(t, name+"-Item", items[i], item, refer("Price", i+1))
		orders = append(orders, registerReferring(t, name+"-value", referring, strings.Replace(referring, `"shop.Item"`, item, 1), refer("Item", i+1)))
	}
	if orders[0].id == orders[1].id {
		t.Fatalf("both versions have id %d", orders[0].id)
	}
	first := map[string]any{"item": map[string]any{"sku": "hat", "price": map[string]any{"amount": int32(9)}}}
	second := map[string]any{"item": map[string]any{"article": "shoe", "price": map[string]any{"amount": int64(1) << 40, "currency": "NOK"}}}
	none := map[string]any{"item": map[string]any{"article": "gift", "price": nil}}
	produce(t, s.client, s.record("a", orders[0].encode(t, first)), s.record("b", orders[1].encode(t, second)), s.record("c", orders[1].encode(t, none)))
	registerText(t, name+"-Item", items[2])
	produce(t, s.client, s.record("d", orders[0].encode(t, first)), s.record("e", orders[1].encode(t, second)))

	mapping := strings.Replace(simpleMapping(name), "          k: key\n", "          k: key\n          sku: value.item.sku\n"+
		"          amount: value.item.price.amount\n          currency: value.item.price.currency\n          id: meta.schema_id\n", 1)
	mapping = strings.Replace(mapping, "        columns_from: value\n", "", 1)
	if code, output := validate(t, harness.WriteMapping(t, mapping)); code != 0 || !strings.Contains(output, "2 schema versions") {
		t.Errorf("validate ends with %d and\n%s", code, output)
	}
	s.catchUp(s.env(mapping))
	s.noLetters()
	one, two := fmt.Sprintf("hat 9 <nil> %d", orders[0].id), fmt.Sprintf("shoe %d NOK %d", int64(1)<<40, orders[1].id)
	for key, want := range map[string]string{"a": one, "b": two, "c": fmt.Sprintf("gift <nil> <nil> %d", orders[1].id), "d": one, "e": two} {
		var sku, currency *string
		var amount *int64
		var id int
		if !s.scan("SELECT sku, amount, currency, id FROM referring.rows WHERE k = '"+key+"'", &sku, &amount, &currency, &id) {
			t.Errorf("no row %s", key)
		} else if got := fmt.Sprint(plain(sku), " ", plain(amount), " ", plain(currency), " ", id); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// TestARetypedField: a version whose field no longer fits its column is registered
// while a worker runs. Records of that version become dead letters, the others go
// on. A worker that starts then, with no other topic, ends and says which version
// it is. When that is taken back, it goes on.
func TestARetypedField(t *testing.T) {
	t.Parallel()
	const name = "retyped"
	s := newScene(t, name, 1, simpleTable(name))
	good := register(t, name+"-value", textAndNumber)
	send := func(key string, n int64) *kgo.Record {
		r := s.record(key, good.encode(t, map[string]any{"a": "text", "n": n}))
		produce(t, s.client, r)
		return r
	}
	env := s.env(simpleMapping(name))
	w := startWorker(t, env, "run")
	w.untilReady()
	send("k1", 1)
	bad := register(t, name+"-value", `{"type": "record", "name": "Row", "fields": [{"name": "a", "type": "string"}, {"name": "n", "type": "boolean"}]}`)
	lost := s.record("k2", bad.encode(t, map[string]any{"a": "text", "n": true}))
	produce(t, s.client, lost)
	send("k3", 3)
	s.written(w, 2)
	w.untilReady()
	w.stop()
	s.committed() // so the letter is acknowledged
	letters := s.letters()
	if l := letters[place(lost)]; len(letters) != 1 || l.headers["ingest.class"] != "schema" || l.headers["ingest.columns"] != "n" {
		t.Errorf("letters %v", letters)
	}
	if code, output := validate(t, harness.WriteMapping(t, simpleMapping(name))); code != 78 || !strings.Contains(output, "version 2") || !strings.Contains(output, "boolean") {
		t.Errorf("validate ends with %d and\n%s", code, output)
	}
	send("k4", 4)
	w = startWorker(t, env, "run")
	if code := w.Wait(time.Minute); code != 78 || !strings.Contains(w.Output(), "version 2") {
		t.Errorf("run ends with %d and\n%s", code, w.Output())
	}
	takeBack(t, name+"-value", 2)
	s.catchUp(env)
	if n := s.count(name + ".rows"); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
}

// written waits until the scene's table has so many rows.
func (s *scene) written(w *worker, rows int) {
	s.t.Helper()
	harness.Eventually(s.t, 90*time.Second, fmt.Sprintf("%d rows are written", rows), func() error {
		w.running()
		if n := s.count(s.name + ".rows"); n != rows {
			return fmt.Errorf("%d rows", n)
		}
		return nil
	})
}

// stop ends a worker as an orchestrator does.
func (w *worker) stop() {
	w.t.Helper()
	w.Signal(syscall.SIGTERM)
	if code := w.Wait(30 * time.Second); code != 0 {
		w.t.Errorf("exit code %d", code)
	}
}

// takeBack deletes a version of a subject.
func takeBack(t *testing.T, subject string, version int) {
	t.Helper()
	client, err := sr.NewClient(sr.URLs(servers.RegistryURL()))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.DeleteSchema(t.Context(), subject, version, sr.SoftDelete); err != nil {
		t.Fatalf("deleting version %d of %s: %v", version, subject, err)
	}
}

func parseSchema(t *testing.T, text string) *avro.Schema {
	t.Helper()
	schema, err := avro.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
