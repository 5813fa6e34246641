//go:build stack && crash

package crash

import (
	"github.com/gocql/gocql"

	"ingest/test/oracle"
)

// promised is how many records before a commit are held against the table each
// time, of each partition: what is in flight at most while a worker keeps up. The
// comparison at the end holds all of them.
const promised = 120

// keepsPromises checks that no commit is beyond what is in the table, and that
// each carries its clock.
func (l *load) keepsPromises(at []commit) {
	l.t.Helper()
	var before [][]oracle.Record
	for p, c := range at {
		before = append(before, l.log.Slice(p, c.offset-promised, c.offset))
	}
	rows, err := l.readKeys(l.t.Context(), keysOf(before...), gocql.LocalQuorum)
	if err != nil {
		l.t.Fatal(err)
	}
	for p, c := range at {
		if n := len(before[p]); n > 0 && c.clock != before[p][n-1].Stamp {
			l.broken.note("partition %d is committed up to %d with clock %d, want %d", p, c.offset, c.clock, before[p][n-1].Stamp)
		}
		// After the read: whatever may have been applied by then is in the log.
		for _, promise := range l.log.Promises(p, c.offset, promised) {
			row, found := rows[promise.Key]
			if text := promise.Broken(row, found); text != "" {
				l.broken.note("partition %d is committed up to %d, but %s", p, c.offset, text)
			}
			l.promises++
		}
	}
}
