package registry

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"ingest/mapping"
)

// distinctRecords is how many records the figure in docs/performance.md is about.
const distinctRecords = 100_000

// distinctValues gives records of benchSchema, no two alike and of other lengths, in
// no order. The nullable field is null in a fifth of them.
func distinctValues() [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([][]byte, distinctRecords)
	for i := range values {
		b := putString(framed(7, nil), fmt.Sprintf("%08x-8a41-4f63-9c0e-2f0a6f0f%04x", i, random.IntN(1<<16)))
		b = putString(b, fmt.Sprintf("customer-%d", random.IntN(1_000_000)))
		for _, v := range []int64{benchTime + int64(i), random.Int64N(100), random.Int64N(1000), random.Int64N(1 << 40)} {
			b = putLong(b, v)
		}
		for range 2 {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(random.Float64()))
		}
		b = append(b, byte(random.IntN(2)), byte(random.IntN(2)))
		if i%5 == 0 {
			b = putLong(b, 0)
		} else {
			b = putString(putLong(b, 1), "leave it with the neighbour, please"[:10+random.IntN(25)])
		}
		values[i] = putLong(b, random.Int64N(3))
	}
	random.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return values
}

// inBatch lays values one behind the other, as those of a fetched record batch are.
func inBatch(values [][]byte) {
	batch := bytes.Join(values, nil)
	for i, v := range values {
		values[i], batch = batch[:len(v):len(v)], batch[len(v):]
	}
}

// BenchmarkMapDistinct is BenchmarkMap over records that no predictor of the
// processor's branches knows; scattered, each begins with a miss of its caches too.
func BenchmarkMapDistinct(b *testing.B) {
	values := distinctValues()
	b.Run("scattered", func(b *testing.B) { mapDistinct(b, values) })
	inBatch(values)
	b.Run("in a batch", func(b *testing.B) { mapDistinct(b, values) })
}

func mapDistinct(b *testing.B, values [][]byte) {
	m := benchMapper(b, benchMapping)
	var buf mapping.Buffer
	rec := mapping.Record{Topic: "orders", Key: []byte("6f1c2b9e"), Timestamp: benchTime}
	b.ReportAllocs()
	n, before := 0, cpuTime(b)
	for ; b.Loop(); n++ {
		if n%benchRun == 0 {
			buf.Reset()
		}
		rec.Value = values[n%len(values)]
		if err := m.Map(b.Context(), &rec, 1, 0, &buf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(n), "cpu-ns/op")
	if len(buf.Poison) > 0 {
		b.Fatal(buf.Poison[0].Err)
	}
}

// cpuTime gives what the process has used of processors, which says more than the
// clock where others use them too.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
