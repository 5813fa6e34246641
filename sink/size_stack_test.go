//go:build stack

package sink

import (
	"bytes"
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
	for _, shape := range []struct{ columns, bytes int }{{1, 0}, {1, 300}, {10, 8}, {60, 1}, {60, 20}} {
		t.Run(fmt.Sprintf("%d columns of %d bytes", shape.columns, shape.bytes), func(t *testing.T) {
			st := wide(t, s, shape.columns)
			var rows []*mapping.Row
			estimate := 0
			for i := 0; ; i++ {
				values := [][]byte{intBytes(int32(i)), []byte(fmt.Sprint("clustering ", i))}
				for range shape.columns {
					values = append(values, bytes.Repeat([]byte("v"), shape.bytes))
				}
				r := row(st, 1, values...)
				estimate += mutationSize(&r)
				if estimate > threshold {
					break
				}
				rows = append(rows, &r)
			}
			top := s.topology()
			var a attempt
			send := func(rows []*mapping.Row) error {
				return a.run(t.Context(), s.link.Load().session, top.replicas(0)[0], top.replicas(0), gocql.LocalOne, rows, w.info, w.now())
			}
			if err := send(rows); err != nil {
				t.Fatalf("%d rows that are estimated to be under the threshold: %v", len(rows), err)
			}
			most := len(rows)
			for ; most < 4*len(rows); most++ {
				more := *rows[0]
				more.Cells = append([]mapping.Cell{{Type: rows[0].Cells[0].Type, State: mapping.Value, Data: intBytes(int32(100_000 + most))}}, rows[0].Cells[1:]...)
				if err := send(append(rows, &more)); err != nil {
					break
				}
				rows = append(rows, &more)
			}
			t.Logf("%d rows pass, the estimate allows %d", most, threshold/mutationSize(rows[0]))
		})
	}
}

// wide is an INSERT into a table of that many regular columns.
func wide(t *testing.T, s *Session, columns int) *mapping.Statement {
	t.Helper()
	names := []string{"pk", "ck"}
	var definition strings.Builder
	for i := range columns {
		names = append(names, fmt.Sprint("c", i))
		fmt.Fprintf(&definition, "c%d text, ", i)
	}
	return insert(table(t, s, fmt.Sprint("wide", columns), "pk int, ck text, "+definition.String()+"PRIMARY KEY (pk, ck)"), names...)
}
