//go:build stack

package test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/oracle"
)

// runLimit is how long a small backlog may take, start-up included.
const runLimit = 2 * time.Minute

// testSeed gives the seed of a test's random history: INGEST_TEST_SEED, or a new
// one.
func testSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("INGEST_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("INGEST_TEST_SEED: %v", err)
		}
	}
	t.Logf("run this history again with INGEST_TEST_SEED=%d", seed)
	return seed
}

// readRows reads every row of a table that a log is folded into.
func readRows(t *testing.T, session *gocql.Session, table string) map[string]oracle.Row {
	t.Helper()
	rows, err := oracle.Read(session.Query("SELECT " + oracle.Selection + " FROM " + table).WithContext(t.Context()).PageSize(1000).Iter())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// demandRows holds a table against what it must hold.
func demandRows(t *testing.T, session *gocql.Session, table string, want map[string]oracle.Row) {
	t.Helper()
	d := oracle.Compare(readRows(t, session, table), want)
	for _, text := range d.Details {
		t.Error(text)
	}
	if d.Any() {
		t.Errorf("%d cells or rows are lost, %d stale, %d wrong, %d not deleted", d.Lost, d.Stale, d.Wrong, d.Extra)
	}
	t.Logf("%d rows and %d cells compared", d.Rows, d.Cells)
}

// demandFold holds a table against the fold of a log.
func demandFold(t *testing.T, session *gocql.Session, table string, l *oracle.Log) {
	t.Helper()
	rows, _ := l.Fold()
	demandRows(t, session, table, rows)
}

// drawLog draws a log; number tells the logs of different tests with one seed
// apart.
func drawLog(t *testing.T, number uint64, records, partitions, keys int) *oracle.Log {
	t.Helper()
	shape := oracle.Shape{Partitions: partitions, Keys: keys, Start: 1_700_000_000_000, OnceShare: 40, HotShare: 20}
	return oracle.Draw(oracle.NewSource(rand.New(rand.NewPCG(testSeed(t), number)), shape), records)
}

// recordsOf makes the records of a partition of a log from one offset up to
// another.
func recordsOf(t *testing.T, l *oracle.Log, topic string, value *subject, partition int, from, to int64) []*kgo.Record {
	t.Helper()
	var records []*kgo.Record
	for _, e := range l.Slice(partition, from, to) {
		r := &kgo.Record{Topic: topic, Partition: int32(partition), Key: []byte(e.Key), Timestamp: time.UnixMilli(e.Millis)}
		if !e.Delete {
			r.Value = value.encode(t, e.Fields())
		}
		records = append(records, r)
	}
	return records
}

// allRecords makes those of a whole log, the partitions in turns.
func allRecords(t *testing.T, l *oracle.Log, topic string, value *subject) []*kgo.Record {
	t.Helper()
	var records []*kgo.Record
	for i := int64(0); ; i++ {
		before := len(records)
		for p := range l.Partitions() {
			records = append(records, recordsOf(t, l, topic, value, p, i, i+1)...)
		}
		if len(records) == before {
			return records
		}
	}
}
