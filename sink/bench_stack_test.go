//go:build stack

package sink

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"ingest/mapping"
)

// BenchmarkWriter writes rows of 12 columns as a lane does, in runs of 8,000,
// and reports the client's CPU time. The rows are encoded beforehand.
func BenchmarkWriter(b *testing.B) {
	for _, shape := range []struct {
		name       string
		partitions int
		tune       func(*caps)
	}{
		{"1000 partitions interleaved, default caps", 1000, func(*caps) {}},
		{"1000 partitions interleaved, 30 rows whatever their size", 1000, func(c *caps) { c.bytes, c.partitions = 16<<10, 30 }},
		{"every row its own partition, default caps", 1 << 30, func(*caps) {}},
		{"every row its own partition, 30 rows whatever their size", 1 << 30, func(c *caps) { c.bytes, c.partitions = 16<<10, 30 }},
	} {
		b.Run(shape.name, func(b *testing.B) {
			s := connect(b, testDeps())
			w := newTestWriter(b, s, testDeps())
			shape.tune(&w.caps)
			rows := benchRows(b, s, shape.partitions)
			b.ReportAllocs()
			before, start, written := cpu(b), time.Now(), 0
			for b.Loop() {
				o := expect(len(rows))
				o.count = true
				for i := range rows {
					rows[i].Timestamp++
				}
				if err := w.Write(b.Context(), rows, o.done); err != nil {
					b.Fatal(err)
				}
				o.wait(b)
				written += len(rows)
			}
			b.ReportMetric(float64(written)/time.Since(start).Seconds(), "rows/s")
			b.ReportMetric((cpu(b)-before).Seconds()*1e6/float64(written), "cpu-s/1M-rows")
		})
	}
}

func benchRows(b *testing.B, s *Session, partitions int) []mapping.Row {
	var definition strings.Builder
	names := []string{"device", "at"}
	for i := range 10 {
		kind := "bigint"
		if i%2 == 0 {
			kind = "text"
		}
		fmt.Fprintf(&definition, "c%d %s, ", i, kind)
		names = append(names, fmt.Sprint("c", i))
	}
	tab := table(b, s, "bench", "device text, at bigint, "+definition.String()+"PRIMARY KEY (device, at)")
	st := insert(tab, names...)
	rows := make([]mapping.Row, 8000)
	for i := range rows {
		values := [][]byte{fmt.Appendf(nil, "device-%08d", i%partitions), longBytes(int64(i))}
		for c := range 10 {
			if c%2 == 0 {
				values = append(values, fmt.Appendf(nil, "value-%d", c))
			} else {
				values = append(values, longBytes(int64(c)))
			}
		}
		rows[i] = row(st, int64(i+1), values...)
	}
	return rows
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
