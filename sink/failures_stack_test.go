//go:build stack

package sink

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"ingest/retry"
)

// raw binds bytes as they are, whatever the column's type.
type raw []byte

func (r raw) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return r, nil }

// What a real server answers, and what it is taken for: the table in
// docs/failure.md. What one healthy node never answers is in TestClassify, from
// recorded answers; a node that hangs or dies is in TestOutageIsWaitedFor.
func TestServersAnswersAreUnderstood(t *testing.T) {
	cluster := gocql.NewCluster(server.stack.CassandraHosts()...)
	cluster.Port, cluster.ProtoVersion, cluster.Timeout = server.stack.CassandraPort(), 4, 20*time.Second
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	for _, cql := range []string{
		"CREATE KEYSPACE IF NOT EXISTS scarce WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
		"CREATE TABLE IF NOT EXISTS scarce.t (pk text PRIMARY KEY)",
		"CREATE KEYSPACE IF NOT EXISTS failing WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE IF NOT EXISTS failing.t (pk text PRIMARY KEY)",
		"CREATE TABLE IF NOT EXISTS sink.captured (pk text PRIMARY KEY) WITH cdc = true",
		"CREATE FUNCTION IF NOT EXISTS sink.refuse(v text) CALLED ON NULL INPUT RETURNS text LANGUAGE java AS 'throw new RuntimeException();'",
		"CREATE TYPE IF NOT EXISTS sink.answered (a int, b int)",
		"CREATE TABLE IF NOT EXISTS sink.answers (pk text, ck text, n int, l bigint, s ascii, u text, p frozen<answered>, PRIMARY KEY (pk, ck))",
	} {
		execute(t, cql)
	}
	const insert = "INSERT INTO sink.answers (pk, ck, %s) VALUES ('p', 'c', ?)"
	long := bytes.Repeat([]byte("k"), 65_536)
	tests := []struct {
		name   string
		cql    string
		values []any
		class  retry.Class
		text   string
	}{
		{"too few replicas", "INSERT INTO scarce.t (pk) VALUES ('a')", nil, retry.Ambiguous, "too few replicas are alive"},
		{"a replica that fails", "INSERT INTO failing.t (pk) VALUES ('a')", nil, retry.Ambiguous, "a replica failed to write"},
		{"no room for captured changes", "INSERT INTO sink.captured (pk) VALUES ('a')", nil, retry.Ambiguous, "a replica failed to write"},
		{"a function that fails", "INSERT INTO sink.answers (pk, ck) VALUES ('p', sink.refuse('c'))", nil, retry.Invalid, "a user-defined function failed"},
		{"an empty partition key", "INSERT INTO sink.answers (pk, ck) VALUES (?, 'c')", []any{raw{}}, retry.Invalid, "Key may not be empty"},
		{"a long partition key", "INSERT INTO sink.answers (pk, ck) VALUES (?, 'c')", []any{raw(long)}, retry.Invalid, "a key is longer than the maximum of 65535 bytes"},
		{"a long clustering key", "INSERT INTO sink.answers (pk, ck) VALUES ('p', ?)", []any{raw(long)}, retry.Invalid, "a key is longer than the maximum of 65535 bytes"},
		{"a null key", "INSERT INTO sink.answers (pk, ck) VALUES (?, 'c')", []any{nil}, retry.Invalid, "Invalid null value in condition for a key column"},
		{"an unset key", "INSERT INTO sink.answers (pk, ck) VALUES (?, 'c')", []any{gocql.UnsetValue}, retry.Invalid, "Invalid unset value for a key column"},
		{"an int of eight bytes", fmt.Sprintf(insert, "n"), []any{raw(longBytes(1))}, retry.Invalid, "a value has the wrong number of bytes"},
		{"a bigint of four bytes", fmt.Sprintf(insert, "l"), []any{raw(intBytes(1))}, retry.Invalid, "a value has the wrong number of bytes"},
		{"text that is no ASCII", fmt.Sprintf(insert, "s"), []any{raw("ü")}, retry.Invalid, "a text is not ASCII"},
		{"text that is no UTF-8", fmt.Sprintf(insert, "u"), []any{raw{0xff}}, retry.Invalid, "String didn't validate"},
		{"half a user-defined type", fmt.Sprintf(insert, "p"), []any{raw{0, 0, 0, 4, 1}}, retry.Ambiguous, "unexpected server error"},
		{"a TTL over the maximum", "INSERT INTO sink.answers (pk, ck) VALUES ('p', 'c') USING TTL ?", []any{700_000_000}, retry.Invalid, "ttl is too large"},
		{"a request over the frame", fmt.Sprintf(insert, "s"), []any{raw(make([]byte, 17<<20))}, retry.Oversized, "Request is too big"},
		{"a column that is gone", "INSERT INTO sink.answers (pk, ck, gone) VALUES ('p', 'c', 1)", nil, retry.Schema, "a column of the statement does not exist"},
		{"a table that is gone", "INSERT INTO sink.nowhere (pk) VALUES ('p')", nil, retry.Schema, "the keyspace or table does not exist"},
		{"a keyspace that is gone", "INSERT INTO nowhere.t (pk) VALUES ('p')", nil, retry.Schema, "the keyspace or table does not exist"},
		{"a key column that is new", "INSERT INTO sink.answers (pk, n) VALUES ('p', 1)", nil, retry.Schema, "the primary key has changed"},
		{"a partition key column that is new", "INSERT INTO sink.answers (ck, n) VALUES ('c', 1)", nil, retry.Schema, "the primary key has changed"},
		{"a column of another type", "INSERT INTO sink.answers (pk, ck, n) VALUES ('p', 'c', (text)?)", []any{raw("a")}, retry.Schema, "a column has another type"},
		{"a type that is gone", "INSERT INTO sink.answers (pk, ck, n) VALUES ('p', 'c', (gone)?)", []any{raw("a")}, retry.Schema, "a user-defined type does not exist"},
		{"text that is no CQL", "INSERT INTO sink.answers pk VALUES ('p')", nil, retry.Configuration, "the server does not understand the statement"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := session.Query(test.cql, test.values...).Consistency(gocql.LocalQuorum)
			err := q.Exec()
			if err == nil {
				t.Fatal("the server took it")
			}
			if v := classify(err); v.class != test.class || v.text != test.text {
				t.Errorf("%q is %v, %q; want %v, %q", err, v.class, v.text, test.class, test.text)
			}
		})
	}
	t.Run("a batch over the threshold", func(t *testing.T) {
		b := session.NewBatch(gocql.UnloggedBatch)
		for i := range 8 {
			b.Query("INSERT INTO sink.answers (pk, ck, s) VALUES (?, 'c', ?)", fmt.Sprint(i), raw(bytes.Repeat([]byte("a"), 20<<10)))
		}
		if v := classify(session.ExecuteBatch(b)); v.class != retry.Oversized || v.text != "Batch too large" {
			t.Errorf("taken for %v, %q", v.class, v.text)
		}
	})
}
