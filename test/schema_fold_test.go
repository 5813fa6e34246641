//go:build stack

package test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// changedRow is a row of a table that was changed.
type changedRow struct {
	n     string
	stamp int64
	more  string // of another column; "" is null
	order int    // of the record, in the order of acknowledgement
}

// changedFold applies records in the order of their partitions' offsets, with the
// write timestamps that the clock gives them.
func changedFold(records []*kgo.Record, number func(*kgo.Record) string) map[string]changedRow {
	type numbered struct {
		*kgo.Record
		order int
	}
	var sorted []numbered
	for i, r := range records {
		sorted = append(sorted, numbered{r, i})
	}
	slices.SortFunc(sorted, func(a, b numbered) int { return cmp.Compare(a.Offset, b.Offset) })
	clocks := map[int32]int64{}
	rows := map[string]changedRow{}
	for _, r := range sorted {
		clocks[r.Partition] = max(r.Timestamp.UnixMicro(), clocks[r.Partition]+1)
		rows[string(r.Key)] = changedRow{n: number(r.Record), stamp: clocks[r.Partition], order: r.order}
	}
	return rows
}

// rows reads a changed table; more is a column, or an expression of one.
func (c *changing) rows(more string) map[string]changedRow {
	c.t.Helper()
	iter := c.session.Query("SELECT k, n, writetime(n) AS stamp, " + more + " AS more FROM " + c.name + ".rows").WithContext(c.t.Context()).Iter()
	rows := map[string]changedRow{}
	for {
		found := map[string]any{}
		if !iter.MapScan(found) {
			break
		}
		rows[found["k"].(string)] = changedRow{n: plainText(found["n"]), stamp: found["stamp"].(int64), more: plainText(found["more"])}
	}
	if err := iter.Close(); err != nil {
		c.t.Fatal(err)
	}
	return rows
}

// plainText writes a number alike whatever its type is.
func plainText(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// demandChanged holds the table against the fold. A row may be missing when it was
// seen in a table that was dropped or truncated, and was produced before that.
func demandChanged(t *testing.T, got, want, gone map[string]changedRow, since int) {
	t.Helper()
	missing, wrong := 0, 0
	for key, w := range want {
		g, ok := got[key]
		old, seen := gone[key]
		switch {
		case ok && g.n == w.n && g.stamp == w.stamp:
		case ok:
			if wrong++; wrong < 5 {
				t.Errorf("row %s is %s at %d, want %s at %d", key, g.n, g.stamp, w.n, w.stamp)
			}
		case seen && old.n == w.n && old.stamp == w.stamp && w.order < since:
		default:
			if missing++; missing < 5 {
				t.Errorf("row %s is missing: it was in no table before (%v), and its record is number %d of %d before the last change", key, seen, w.order, since)
			}
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("row %s is of no record", key)
		}
	}
	if missing+wrong > 0 {
		t.Errorf("%d rows are missing, %d are wrong", missing, wrong)
	}
	t.Logf("%d rows in the table, %d were in one before, %d keys in the log", len(got), len(gone), len(want))
}
