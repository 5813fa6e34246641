//go:build stack

package sink

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// The estimate of what the server counts is held against the one threshold that
// the server answers with an error: batch_size_fail_threshold, 50 KiB. What is
// estimated to be under it must pass. The warning threshold counts the same way.
func TestEstimatedSizeIsNotBelowTheServers(t *testing.T) {
	const threshold = 50 << 10
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	many := func(n int, element ...byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(n)), bytes.Repeat(element, n)...)
	}
	tests := []struct {
		name, kind string
		columns    int
		value      []byte
	}{
		{"one empty text", "text", 1, empty()},
		{"one text of 300 bytes", "text", 1, make([]byte, 300)},
		{"ten bigints", "bigint", 10, longBytes(1)},
		{"sixty short texts", "text", 60, []byte("v")},
		{"a list", "list<int>", 1, many(20, 0, 0, 0, 4, 0, 0, 0, 7)},
		{"a frozen list", "frozen<list<int>>", 1, many(20, 0, 0, 0, 4, 0, 0, 0, 7)},
		{"a set", "set<text>", 1, many(1, 0, 0, 0, 1, 'a')},
		{"a map", "map<text, text>", 2, many(1, 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b')},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			st := wide(t, s, test.columns, test.kind)
			sizes := sizingOf(st)
			var rows []*mapping.Row
			add := func() int {
				i := len(rows)
				values := [][]byte{intBytes(int32(i)), []byte("clustering")}
				for range test.columns {
					values = append(values, test.value)
				}
				r := row(st, 1, values...)
				rows = append(rows, &r)
				return sizes.mutationSize(&r) + partitionCost
			}
			one := add()
			allowed := threshold / one
			for len(rows) < allowed {
				add()
			}
			top := s.topology()
			var a attempt
			send := func() error {
				return a.run(t.Context(), s.link.Load().session, top.replicas(0)[0], top.replicas(0), gocql.LocalOne, rows, w.info, w.now())
			}
			if err := send(); err != nil {
				t.Fatalf("%d rows that are estimated to be under the threshold: %v", len(rows), err)
			}
			for send() == nil && len(rows) < 10*allowed {
				add()
			}
			t.Logf("%d rows of %d bytes by the estimate are allowed, %d pass", allowed, one, len(rows)-1)
		})
	}
}

// wide is an INSERT into a table of that many regular columns.
func wide(t *testing.T, s *Session, columns int, kind string) *mapping.Statement {
	t.Helper()
	names := []string{"pk", "ck"}
	var definition strings.Builder
	for i := range columns {
		names = append(names, fmt.Sprint("c", i))
		fmt.Fprintf(&definition, "c%d %s, ", i, kind)
	}
	return insert(table(t, s, "wide", "pk int, ck text, "+definition.String()+"PRIMARY KEY (pk, ck)"), names...)
}
