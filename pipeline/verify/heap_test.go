package verify

import (
	"fmt"
	"runtime"
	"testing"
)

// The estimate of memory must not be below what rows take.
func TestMemoryEstimate(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	f := newFold(tables(), sample(1), 1<<40)
	part := wholeLog()
	for i := range 100_000 {
		f.apply(write{stamp: int64(i + 1), part: part}, put(insertion, fmt.Sprintf("key-%09d", i), 1, long(1), []byte("some text")), false)
	}
	took := heap() - before
	t.Logf("%d bytes for %d rows, estimated %d", took, len(f.rows), f.bytes)
	if took > f.bytes || f.bytes > 3*took {
		t.Errorf("%d bytes for %d rows, estimated %d", took, len(f.rows), f.bytes)
	}
	runtime.KeepAlive(f)
}
