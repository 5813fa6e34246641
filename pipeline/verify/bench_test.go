package verify

import (
	"fmt"
	"testing"
)

// BenchmarkFold folds records of 10,000 rows.
func BenchmarkFold(b *testing.B) {
	f := newFold(tables(), sample(1), 1<<40)
	part := wholeLog()
	var rows [10_000]string
	for i := range rows {
		rows[i] = fmt.Sprintf("key-%09d", i)
	}
	note, amount := []byte("some text"), long(1)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.apply(write{stamp: int64(i + 1), part: part}, put(insertion, rows[i%len(rows)], 1, amount, note), false)
	}
}
