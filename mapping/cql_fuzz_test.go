package mapping

import (
	"encoding/json"
	"slices"
	"testing"

	"ingest/mapping/cql"
)

// FuzzCompileCQL: whatever statement an entry writes out, compiling it ends, and what
// is taken knows its partition, its row and the type of every bind.
func FuzzCompileCQL(f *testing.F) {
	for _, s := range []string{
		"UPDATE profiles USING TIMESTAMP :timestamp SET scores[:k] = :v, tags += :t, pair = (:a, :b), home = {zip: :z}, vec = [:x, 1], seen = f((text) :u) WHERE id = :id AND at = :at",
		"UPDATE profiles USING TIMESTAMP :timestamp SET history = :h + history, home.zip = 3, owner = 'x' WHERE at = :at AND id = :id",
		"INSERT INTO events (day, at, seq, note, owner) VALUES (:d, :a, :s, 'n', (text) :o) IF NOT EXISTS", "INSERT INTO events (day, owner) VALUES (:d, :o) USING TIMESTAMP :timestamp",
		"DELETE FROM events USING TIMESTAMP :timestamp WHERE day = :d AND at = :a AND seq >= :s AND seq < :e", "DELETE note, owner FROM events WHERE day = :d AND at = :a AND seq = :s IF note IN (:n, null)",
		"UPDATE visits SET hits = hits + :n, clicks -= 1 WHERE page = :p", "UPDATE events USING TIMESTAMP :timestamp SET owner = :o WHERE day = :d", "DELETE scores[:k], home.zip FROM profiles WHERE id = :id",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, statement string) {
		st, _ := cql.Parse(statement)
		if st == nil {
			return
		}
		quoted, err := json.Marshal(statement)
		if err != nil {
			t.Fatal(err)
		}
		table, _ := json.Marshal(st.Table.Text)
		life := ""
		if st.TTL == cql.BindTTL {
			life = `"ttl": "1d",`
		}
		src := `{"version": 1, "topics": [{"topic": "t", "key": "none", "tables": [{"table": ` + string(table) + `, "keyspace": "shop", "tombstone": "ignore", "columns_from": "value",` + life +
			`"accept": ["counter", "lwt", "list_append", "now", "server_timestamp", "ttl_from_write", "cross_partition"], "cql": ` + string(quoted) + `}]}]}`
		file, _ := Parse("f.yaml", []byte(src))
		if file == nil {
			return
		}
		p, ds := Compile(file, 0, cqlShop(t))
		if (p == nil) == (ds.Err() == nil) {
			t.Fatalf("program %v, %v", p, ds.Err())
		}
		if p == nil {
			return
		}
		part := &p.Write.Parts[0]
		made := part.Statement
		if len(made.Custom.Binds) != len(st.Binds) || len(made.Columns) != len(st.Binds) {
			t.Fatalf("%d columns and %d types for %d binds", len(made.Columns), len(made.Custom.Binds), len(st.Binds))
		}
		for i, at := range made.Columns {
			if made.Custom.Binds[i].Name != st.Binds[i].Name || made.Custom.Binds[i].Type == nil || at < 0 {
				t.Errorf("bind %d is %+v of column %d", i, made.Custom.Binds[i], at)
			}
		}
		keys := slices.Clone(made.Table.PartitionKey)
		if !part.wide && !made.Custom.static {
			keys = append(keys, made.Table.Clustering...)
		}
		for _, key := range keys {
			if !slices.ContainsFunc(p.Write.Slots, func(s Slot) bool { return s.Column == made.Table.Columns[key].Name && s.bind.role == roleKey }) {
				t.Errorf("nothing says what key column %q equals", made.Table.Columns[key].Name)
			}
		}
		for i, at := range made.Routing {
			if at < 0 || made.Columns[at] != made.Table.PartitionKey[i] {
				t.Errorf("routed by %v", made.Routing)
			}
		}
	})
}
