package oracle

import (
	"sort"
	"sync"
)

// Record is an event in its place in the log.
type Record struct {
	Event
	// Stamp is the write timestamp that the record's rows and deletes carry, in
	// microseconds: the record's own, but later than that of the record before.
	Stamp int64
}

// Log is all records by partition in offset order, from offset 0 without gaps.
// It may grow while others read it.
type Log struct {
	mu         sync.RWMutex
	partitions [][]Record
}

// NewLog makes an empty log.
func NewLog(partitions int) *Log { return &Log{partitions: make([][]Record, partitions)} }

// Draw makes a log of the next n events of a source.
func Draw(source *Source, n int) *Log {
	l := NewLog(source.shape.Partitions)
	for range n {
		p, e := source.Next()
		l.Append(p, e)
	}
	return l
}

// Append adds an event to a partition and gives its offset.
func (l *Log) Append(partition int, e Event) (offset int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	records := l.partitions[partition]
	stamp := e.Millis * 1000
	if n := len(records); n > 0 {
		stamp = max(stamp, records[n-1].Stamp+1)
	}
	l.partitions[partition] = append(records, Record{e, stamp})
	return int64(len(records))
}

// Partitions is how many there are.
func (l *Log) Partitions() int { return len(l.partitions) }

// End is the offset after a partition's last record.
func (l *Log) End(partition int) int64 { return int64(len(l.records(partition))) }

// Total is the number of records.
func (l *Log) Total() (n int64) {
	for p := range l.partitions {
		n += l.End(p)
	}
	return n
}

// Slice gives the records of a partition from offset from up to offset to, as
// far as there are any. They must not be changed.
func (l *Log) Slice(partition int, from, to int64) []Record {
	records := l.records(partition)
	end := int64(len(records))
	from = min(max(from, 0), end)
	return records[from:min(max(from, to), end)]
}

// OffsetOf gives the offset of the first record whose stamp is at least the one
// given; the partition's end when there is none.
func (l *Log) OffsetOf(partition int, stamp int64) int64 {
	records := l.records(partition)
	return int64(sort.Search(len(records), func(i int) bool { return records[i].Stamp >= stamp }))
}

func (l *Log) records(partition int) []Record {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.partitions[partition]
}

// Late counts the records whose timestamp is equal to or before that of the one
// before.
func (l *Log) Late() (n int64) {
	for p := range l.partitions {
		records := l.records(p)
		for i := 1; i < len(records); i++ {
			if records[i].Millis <= records[i-1].Millis {
				n++
			}
		}
	}
	return n
}
