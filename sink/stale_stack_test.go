//go:build stack

package sink

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// plain is a session of the driver as a program has it that knows nothing of
// changing tables.
func plain(t *testing.T) *gocql.Session {
	t.Helper()
	cluster := gocql.NewCluster(server.stack.CassandraHosts()...)
	cluster.Port, cluster.ProtoVersion, cluster.Timeout = server.stack.CassandraPort(), 4, 20*time.Second
	s, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// What happens to a program that does not look at the types it binds: a table is
// dropped and created again with a double for a bigint, somebody else prepares
// the same text, and the program's next 42 is stored as another number, without
// any error. The table's id in the text does not help by itself, when what
// prepares the text again is another program that has the same stale plan.
func TestAPlainProgramStoresAnotherNumber(t *testing.T) {
	for name, text := range map[string]string{
		"plain text":               "INSERT INTO sink.corrupted (pk, v) VALUES (?, ?)",
		"a table's id in the text": "INSERT INTO sink.corrupted (pk, v) VALUES (?, ?) /* 6f4fa7a0-3f1c-11ee-be56-0242ac120002 */",
	} {
		t.Run(name, func(t *testing.T) {
			execute(t, "DROP TABLE IF EXISTS sink.corrupted")
			execute(t, "CREATE TABLE sink.corrupted (pk int PRIMARY KEY, v bigint)")
			first, second := plain(t), plain(t)
			for i, s := range []*gocql.Session{first, second} {
				if err := s.Query(text, i, int64(42)).Exec(); err != nil {
					t.Fatal(err)
				}
			}
			execute(t, "DROP TABLE sink.corrupted")
			execute(t, "CREATE TABLE sink.corrupted (pk int PRIMARY KEY, v double)")
			if err := first.Query(text, 1, int64(42)).Exec(); err == nil {
				t.Fatal("the first program stored a bigint in a double") // it prepares again, and the driver refuses the type
			}
			if err := second.Query(text, 2, int64(42)).Exec(); err != nil {
				t.Fatalf("the second program has an error: %v; this test shows the danger no more", err)
			}
			var v float64
			if err := server.admin.Query("SELECT v FROM sink.corrupted WHERE pk = 2").Scan(&v); err != nil {
				t.Fatal(err)
			}
			t.Logf("42 is stored as %v", v)
			if v == 42 {
				t.Error("42 is stored as 42: this test shows the danger no more")
			}
		})
	}
}

// The same with two workers of ours, whose plans are both stale.
func TestStalePlansOfTwoWorkersStoreNothing(t *testing.T) {
	for name, change := range map[string]struct{ prepare, was, create string }{
		"a double for a bigint": {"", "pk int PRIMARY KEY, v bigint", "CREATE TABLE sink.stale (pk int PRIMARY KEY, v double)"},
		"a field of a user-defined type": {"CREATE TYPE sink.stale_type (x bigint)", "pk int PRIMARY KEY, v frozen<stale_type>",
			"CREATE TABLE sink.stale (pk int PRIMARY KEY, v frozen<stale_type>)"},
		"an element of a tuple": {"", "pk int PRIMARY KEY, v tuple<bigint>", "CREATE TABLE sink.stale (pk int PRIMARY KEY, v tuple<double>)"},
		// These take the bytes of the other type as a value of their own.
		"a timestamp for a bigint": {"", "pk int PRIMARY KEY, v bigint", "CREATE TABLE sink.stale (pk int PRIMARY KEY, v timestamp)"},
		"a blob for a bigint":      {"", "pk int PRIMARY KEY, v bigint", "CREATE TABLE sink.stale (pk int PRIMARY KEY, v blob)"},
		"a time for a bigint":      {"", "pk int PRIMARY KEY, v bigint", "CREATE TABLE sink.stale (pk int PRIMARY KEY, v time)"},
	} {
		t.Run(name, func(t *testing.T) {
			execute(t, "DROP TABLE IF EXISTS sink.stale")
			execute(t, "DROP TYPE IF EXISTS sink.stale_type")
			if change.prepare != "" {
				execute(t, change.prepare)
			}
			value := longBytes(42)
			if change.was != "pk int PRIMARY KEY, v bigint" {
				value = append(intBytes(8), value...)
			}
			var told atomic.Int64
			deps := testDeps()
			deps.SchemaChanged = func(string) { told.Add(1) }
			var writers []*Writer
			var old *mapping.Statement
			for i := range int32(2) {
				s := connect(t, deps)
				if old == nil {
					old = insert(table(t, s, "stale", change.was), "pk", "v")
				}
				w := newTestWriter(t, s, deps)
				write(t, w, row(old, int64(i+1), intBytes(i), value))
				writers = append(writers, w)
			}
			execute(t, "DROP TABLE sink.stale")
			if change.prepare != "" {
				execute(t, "DROP TYPE sink.stale_type")
				execute(t, "CREATE TYPE sink.stale_type (x double)")
			}
			execute(t, change.create)
			for i, w := range writers {
				told.Store(0)
				ctx, cancel := context.WithCancel(t.Context())
				rows := []mapping.Row{row(old, 10, intBytes(int32(10+i)), value)}
				if err := w.Write(ctx, rows, func(_ []*mapping.Row, err error) { t.Errorf("worker %d: a row has the outcome %v", i, err) }); err != nil {
					t.Fatal(err)
				}
				eventually(t, "SchemaChanged is called twice", func() bool { return told.Load() > 1 })
				cancel()
			}
			var n int
			if err := server.admin.Query("SELECT COUNT(*) FROM sink.stale").Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows in the new table, %v; want none of the old plans", n, err)
			}
		})
	}
}
