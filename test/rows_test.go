//go:build stack

package test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gocql/gocql"
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

// readRows reads every row of a table with the columns of a history.
func readRows(t *testing.T, session *gocql.Session, table string) map[string]row {
	t.Helper()
	rows := map[string]row{}
	iter := session.Query("SELECT id, a, writetime(a), b, writetime(b), c, writetime(c) FROM " + table).WithContext(t.Context()).PageSize(1000).Iter()
	var id string
	var a *int64
	var b *string
	var d *float64
	var at, bt, ct *int64
	for iter.Scan(&id, &a, &at, &b, &bt, &d, &ct) {
		r := row{}
		if a != nil {
			r["a"] = cell{*a, *at}
		}
		if b != nil {
			r["b"] = cell{*b, *bt}
		}
		if d != nil {
			r["c"] = cell{*d, *ct}
		}
		rows[id] = r
		a, b, d, at, bt, ct = nil, nil, nil, nil, nil, nil
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	return rows
}
