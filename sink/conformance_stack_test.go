//go:build stack

package sink

import (
	"errors"
	"testing"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/sink/sinktest"
)

// cassandra makes the real writer a system for the conformance tests.
type cassandra struct {
	*Writer
	session *Session
}

func (c cassandra) Create(t *testing.T, name string) *mapping.Table {
	return table(t, c.session, name, "pk text, ck int, a bigint, b text, PRIMARY KEY (pk, ck)")
}

func (c cassandra) Read(t *testing.T, table *mapping.Table, pk string, ck int32) (map[string]sinktest.Cell, bool) {
	t.Helper()
	var a, b []byte
	var aStamp, bStamp int64
	err := server.admin.Query("SELECT bigintAsBlob(a), WRITETIME(a), textAsBlob(b), WRITETIME(b) FROM sink."+table.Name+" WHERE pk = ? AND ck = ?", pk, ck).
		Scan(&a, &aStamp, &b, &bStamp)
	if errors.Is(err, gocql.ErrNotFound) {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]sinktest.Cell{}
	if a != nil {
		cells["a"] = sinktest.Cell{Data: a, WriteTime: aStamp}
	}
	if b != nil {
		cells["b"] = sinktest.Cell{Data: b, WriteTime: bStamp}
	}
	return cells, true
}

func TestWriterConforms(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	sinktest.Conformance(t, func(*testing.T) sinktest.System { return cassandra{w, s} })
}
