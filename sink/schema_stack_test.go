//go:build stack

package sink

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// A dropped column type must not be written with bytes of the old type: both
// bigint and double take any eight bytes.
func TestRecreatedTableIsNotCorrupted(t *testing.T) {
	s := connect(t, testDeps())
	deps := testDeps()
	var told atomic.Int64
	deps.SchemaChanged = func(name string) {
		if name == "sink.swapped" {
			told.Add(1)
		}
	}
	w := newTestWriter(t, s, deps)
	old := insert(table(t, s, "swapped", "pk int PRIMARY KEY, v bigint"), "pk", "v")
	write(t, w, row(old, 1, intBytes(1), longBytes(42))) // prepared for bigint

	tab := table(t, s, "swapped", "pk int PRIMARY KEY, v double")
	now := insert(tab, "pk", "v")
	write(t, w, row(now, 2, intBytes(2), longBytes(0x4045000000000000))) // 42.0, prepared for double

	ctx, cancel := context.WithCancel(t.Context())
	rows := []mapping.Row{row(old, 3, intBytes(3), longBytes(42))}
	if err := w.Write(ctx, rows, func([]*mapping.Row, error) { t.Error("the row of the old plan has an outcome") }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "SchemaChanged is called", func() bool { return told.Load() > 0 })
	cancel()
	write(t, w, row(now, 4, intBytes(4), longBytes(0x4045000000000000)))
	var n int
	if err := server.admin.Query("SELECT COUNT(*) FROM sink.swapped").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d rows in the table, %v; want the two of the new plan", n, err)
	}
}

func TestDroppedColumnWaitsForAnotherPlan(t *testing.T) {
	s := connect(t, testDeps())
	deps := testDeps()
	var told atomic.Int64
	deps.SchemaChanged = func(string) { told.Add(1) }
	w := newTestWriter(t, s, deps)
	st := insert(table(t, s, "dropped", "pk int PRIMARY KEY, v int, w int"), "pk", "v", "w")
	write(t, w, row(st, 1, intBytes(1), intBytes(1), intBytes(1)))
	execute(t, "ALTER TABLE sink.dropped DROP w")
	o := expect(1)
	rows := []mapping.Row{row(st, 2, intBytes(2), intBytes(2), intBytes(2))}
	if err := w.Write(t.Context(), rows, o.done); err != nil {
		t.Fatal(err)
	}
	eventually(t, "SchemaChanged is called", func() bool { return told.Load() > 0 })
	execute(t, "ALTER TABLE sink.dropped ADD w int")
	o.wait(t)
	if !o.acked[2] {
		t.Error("the row is not acknowledged after the column came back")
	}
}

// A row that waits for another plan does not keep Close from ending.
func TestCloseEndsWhatDoesNotEnd(t *testing.T) {
	s := connect(t, testDeps())
	deps := testDeps()
	var told atomic.Int64
	deps.SchemaChanged = func(string) { told.Add(1) }
	w := newTestWriter(t, s, deps)
	st := insert(table(t, s, "closing", "pk int PRIMARY KEY, v int"), "pk", "v")
	write(t, w, row(st, 1, intBytes(1), intBytes(1)))
	execute(t, "DROP TABLE sink.closing")
	rows := []mapping.Row{row(st, 2, intBytes(2), intBytes(2))}
	if err := w.Write(t.Context(), rows, func([]*mapping.Row, error) { t.Error("the row has an outcome") }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the row is known to wait", func() bool { return told.Load() > 0 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := w.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close returned %v, want the end of its context", err)
	}
	if err := w.Write(t.Context(), rows, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Write after Close returned %v", err)
	}
	if n := s.limiter.inFlight(s.topology().replicas(0)); n != 0 {
		t.Errorf("%d requests still hold room", n)
	}
}

// A session that has found no node for long is made anew.
func TestLostSessionIsRebuilt(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	st := insert(table(t, s, "rebuilt", "pk int PRIMARY KEY, v int"), "pk", "v")
	old := s.link.Load()
	s.unreachable.Store(time.Now().Add(-rebuildAfter).UnixNano())
	eventually(t, "the session is another one", func() bool { return s.link.Load() != old })
	eventually(t, "the old one is closed", func() bool { return old.session.Closed() })
	if o := write(t, w, row(st, 1, intBytes(1), intBytes(1))); len(o.acked) != 1 {
		t.Error("the new session does not write")
	}
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for tick := time.Tick(10 * time.Millisecond); !holds(); {
		select {
		case <-tick:
		case <-deadline:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func TestCatalog(t *testing.T) {
	s := connect(t, testDeps())
	execute(t, "DROP TABLE IF EXISTS sink.everything")
	execute(t, "DROP TYPE IF EXISTS sink.person")
	execute(t, "DROP TYPE IF EXISTS sink.address")
	execute(t, "CREATE TYPE sink.address (street text, zip int)")
	execute(t, `CREATE TYPE sink.person (name text, home frozen<address>, "Tags" set<text>)`)
	execute(t, `CREATE TABLE sink.everything (b int, a text, y timestamp, x uuid, st text static, v vector<float, 3>,
		who frozen<person>, l list<frozen<map<text, int>>>, t tuple<int, text>, d duration, "Mixed Case" inet,
		PRIMARY KEY ((b, a), y, x)) WITH CLUSTERING ORDER BY (y DESC) AND gc_grace_seconds = 777 AND default_time_to_live = 99`)
	tab := live(t, s, "everything")
	if tab.GCGrace != 777 || tab.DefaultTTL != 99 || len(tab.ID) != 36 {
		t.Errorf("gc grace %d, default TTL %d, id %q", tab.GCGrace, tab.DefaultTTL, tab.ID)
	}
	var key []string
	for _, i := range append(append([]int{}, tab.PartitionKey...), tab.Clustering...) {
		key = append(key, tab.Columns[i].Name)
	}
	if got := fmt.Sprint(key); got != "[b a y x]" {
		t.Errorf("primary key %s, want [b a y x]", got)
	}
	for name, want := range map[string]string{
		"v": "vector<float, 3>", "l": "list<frozen<map<text, int>>>", "d": "duration", "Mixed Case": "inet", "a": "text",
	} {
		if got := tab.Columns[tab.Column(name)].Type.String(); got != want {
			t.Errorf("column %s: %s, want %s", name, got, want)
		}
	}
	who := tab.Columns[tab.Column("who")].Type
	if who.Kind != mapping.TypeUDT || who.Name != "person" || who.Keyspace != "sink" || fmt.Sprint(who.Fields) != "[name home Tags]" ||
		who.Elems[1].Name != "address" || who.Elems[2].Kind != mapping.TypeSet {
		t.Errorf("type person: %+v", who)
	}
	if tab.Columns[tab.Column("st")].Kind != mapping.Static {
		t.Error("the static column is not static")
	}
	c, err := s.Catalog(t.Context(), []string{"sink", "nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Keyspaces["nowhere"]; ok || len(c.Keyspaces) != 1 {
		t.Errorf("keyspaces %d, want sink alone", len(c.Keyspaces))
	}
}

// bytesOf reads the bytes of a hex text.
func bytesOf(t *testing.T, text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every type that is not bound by one number of the protocol, as bytes.
func TestCompositeTypesAreBound(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	execute(t, "DROP TABLE IF EXISTS sink.composite")
	execute(t, "DROP TYPE IF EXISTS sink.pair")
	execute(t, "CREATE TYPE sink.pair (x int, y text)")
	tab := table(t, s, "composite", `pk frozen<tuple<int, text>> PRIMARY KEY, v vector<float, 2>, vt vector<frozen<list<int>>, 1>, d duration,
		p frozen<pair>, ps list<frozen<pair>>, m map<text, int>, t tuple<int, frozen<tuple<text, int>>>, tt set<frozen<tuple<int, int>>>, ld list<duration>`)
	st := insert(tab, "pk", "v", "vt", "d", "p", "ps", "m", "t", "tt", "ld")
	pk := bytesOf(t, "00000004"+"00000007"+"00000001"+"61")
	pair := "00000004" + "00000005" + "00000001" + "62"
	values := [][]byte{
		pk,
		bytesOf(t, "3f800000"+"40000000"), // 1, 2
		bytesOf(t, "0000000c"+"00000001"+"00000004"+"00000009"),
		bytesOf(t, "020406"), // 1 month, 2 days, 3 ns
		bytesOf(t, pair),
		bytesOf(t, "00000001"+"0000000d"+pair),
		bytesOf(t, "00000001"+"00000001"+"6b"+"00000004"+"00000003"),
		bytesOf(t, "00000004"+"00000008"+"0000000d"+"00000001"+"63"+"00000004"+"00000009"),
		bytesOf(t, "00000001"+"00000010"+"00000004"+"00000001"+"00000004"+"00000002"),
		bytesOf(t, "00000001"+"00000003"+"020406"),
	}
	values[2] = values[2][4:] // a vector of variable-size elements has a vint length before each
	values[2] = append([]byte{byte(len(values[2]))}, values[2]...)
	full := row(st, 1, values...)
	nulls := row(st, 2, bytesOf(t, "00000004"+"00000008"+"ffffffff"), unset, nil, nil, nil, nil, nil, nil, nil, nil)
	left := row(st, 3, bytesOf(t, "00000004"+"00000009"+"00000000"), unset, unset, unset, unset, unset, unset, unset, unset, unset)
	if o := write(t, w, full, nulls, left); len(o.acked) != 3 {
		t.Fatalf("%d acknowledged, want 3: %v", len(o.acked), o.poison)
	}
	var got struct{ p, tup, m, d, ps, tt, v string }
	err := server.admin.Query(`SELECT toJson(p), toJson(t), toJson(m), toJson(d), toJson(ps), toJson(tt), toJson(v) FROM sink.composite WHERE pk = (7, 'a')`).
		Scan(&got.p, &got.tup, &got.m, &got.d, &got.ps, &got.tt, &got.v)
	if err != nil {
		t.Fatal(err)
	}
	want := `{{"x": 5, "y": "b"} [8, ["c", 9]] {"k": 3} "1mo2d3ns" [{"x": 5, "y": "b"}] [[1, 2]] [1.0, 2.0]}`
	if text := fmt.Sprint(got); text != want {
		t.Errorf("the row reads\n%s, want\n%s", text, want)
	}
	del := statement(tab, mapping.DeleteRow, "pk")
	write(t, w, row(del, 9, pk))
	if err := server.admin.Query("SELECT pk FROM sink.composite WHERE pk = (7, 'a')").Scan(new(int), new(string)); !errors.Is(err, gocql.ErrNotFound) {
		t.Errorf("the deleted row reads with %v", err)
	}
}

// The server hashes like this package, for keys with high bytes too.
func TestTokensOfTheServer(t *testing.T) {
	s := connect(t, testDeps())
	table(t, s, "tokens", "pk blob PRIMARY KEY")
	for n := range 70 {
		key := make([]byte, n+1)
		for i := range key {
			key[i] = byte(37*i + 101*n + 128)
		}
		execute(t, "INSERT INTO sink.tokens (pk) VALUES (?)", key)
		var want int64
		if err := server.admin.Query("SELECT token(pk) FROM sink.tokens WHERE pk = ?", key).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if got := token(key); got != want {
			t.Errorf("token(%x) = %d, the server says %d", key, got, want)
		}
	}
}

func TestPlacementKnowsTheRing(t *testing.T) {
	s := connect(t, testDeps())
	top := s.topology()
	if n := len(top.replicas(0)); n != 1 {
		t.Fatalf("%d nodes, want 1", n)
	}
	if got := top.replicas(top.keyspace("sink").set(5)); len(got) != 1 || got[0] != top.replicas(0)[0] {
		t.Errorf("token 5 is on %v", got)
	}
}
