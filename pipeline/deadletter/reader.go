package deadletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/pipeline/scan"
)

// Stored is a record of a dead-letter topic. Its bytes alias the fetch.
type Stored struct {
	Place    Place     // in the dead-letter topic
	At       time.Time // when the letter was written
	Fault    error     // why it is no letter, wraps ErrNotLetter; nothing below is set then
	Replayed bool      // a mark says so
	Record   mapping.Record
	Envelope
}

// Reader reads what dead-letter topics hold at one moment, outside of any group:
// it commits nothing. It is used by one goroutine.
type Reader struct {
	// Progress is told how many offsets of how many are read; nil: nobody. It must
	// be set before Each.
	Progress func(done, total int64)
	// IgnoreMarks saves reading the topics once more for the marks: then no letter
	// is Replayed.
	IgnoreMarks bool

	opts   []kgo.Opt
	ranges []scan.Range // of the letters
	behind []scan.Range // where their marks can be
	done   int64
}

// NewReader takes the moment: the ends of the topics now. Letters older than
// since, if it is set, are left out, which saves reading them. It waits for
// nothing: its error is the broker's and says what to do, or ctx's cause.
func NewReader(ctx context.Context, opts []kgo.Opt, topics []string, since time.Time) (*Reader, error) {
	r := &Reader{opts: opts}
	err := r.ask(ctx, topics, func(b *bounds) error {
		if !since.IsZero() {
			if err := b.skipTo(ctx, since); err != nil {
				return err
			}
		}
		r.ranges = b.ranges(topics)
		r.behind = r.ranges
		return nil
	})
	return r, err
}

// NewReaderAt is NewReader for the one letter at a place.
func NewReaderAt(ctx context.Context, opts []kgo.Opt, at Place) (*Reader, error) {
	r := &Reader{opts: opts}
	err := r.ask(ctx, []string{at.Topic}, func(b *bounds) error {
		end, ok := b.ends.Lookup(at.Topic, at.Partition)
		if !ok {
			return fmt.Errorf("topic %q has no partition %d", at.Topic, at.Partition)
		}
		start, _ := b.starts.Lookup(at.Topic, at.Partition)
		if at.Offset < start.Offset || at.Offset >= end.Offset {
			return fmt.Errorf("%s/%d holds offsets %d to %d, and not %d: retention may have taken it", at.Topic, at.Partition, start.Offset, end.Offset-1, at.Offset)
		}
		r.ranges = []scan.Range{{Topic: at.Topic, Partition: at.Partition, From: at.Offset, To: at.Offset + 1}}
		r.behind = []scan.Range{{Topic: at.Topic, Partition: at.Partition, From: at.Offset + 1, To: end.Offset}}
		return nil
	})
	return r, err
}

func (r *Reader) ask(ctx context.Context, topics []string, use func(*bounds) error) error {
	client, err := kgo.NewClient(r.opts...)
	if err != nil {
		return fmt.Errorf("setting up a Kafka client: %w", err)
	}
	defer client.Close()
	b, err := findBounds(ctx, kadm.NewClient(client), topics)
	if err != nil {
		return err
	}
	return use(b)
}

// Each gives each the letters that f takes, with what is no letter (Fault); those
// of one partition in order. It stops at the first error, which it returns. While
// brokers are away it waits.
func (r *Reader) Each(ctx context.Context, f *Filter, each func(*Stored) error) error {
	r.done = 0
	found := marks{}
	if !r.IgnoreMarks {
		if err := r.read(ctx, r.behind, func(rec *kgo.Record) error { found.add(rec); return nil }); err != nil {
			return err
		}
	}
	return r.read(ctx, r.ranges, func(rec *kgo.Record) error {
		l := store(rec, found)
		if l == nil || l.Fault == nil && !f.Match(&l.Envelope, l.At) {
			return nil
		}
		return each(l)
	})
}

// store reads one record; nil for a mark and for what only Kafka reads.
func store(rec *kgo.Record, found marks) *Stored {
	if rec.Attrs.IsControl() {
		return nil
	}
	if _, _, ok := parseMark(rec.Headers); ok {
		return nil
	}
	l := &Stored{Place: Place{rec.Topic, rec.Partition, rec.Offset}, At: rec.Timestamp}
	l.Envelope, l.Record, l.Fault = Open(rec)
	l.Replayed = l.Fault == nil && found.has(rec, l.Offset)
	return l
}

// read is scan.Read that tells of its progress.
func (r *Reader) read(ctx context.Context, ranges []scan.Range, each func(*kgo.Record) error) error {
	total := width(r.ranges)
	if !r.IgnoreMarks {
		total += width(r.behind)
	}
	before, next := r.done, map[Place]int64{}
	for _, g := range ranges {
		next[Place{Topic: g.Topic, Partition: g.Partition}] = g.From
	}
	err := scan.Read(ctx, r.opts, ranges, func(rec *kgo.Record) error {
		at := partitionOf(rec)
		r.done += rec.Offset + 1 - next[at]
		next[at] = rec.Offset + 1
		r.tell(total)
		return each(rec)
	})
	if errors.Is(err, kerr.OffsetOutOfRange) {
		return fmt.Errorf("retention took letters while they were read; try again: %w", err)
	}
	if err == nil {
		r.done = before + width(ranges)
		r.tell(total)
	}
	return err
}

func (r *Reader) tell(total int64) {
	if r.Progress != nil {
		r.Progress(r.done, total)
	}
}

// width gives the number of offsets of ranges.
func width(ranges []scan.Range) int64 {
	var n int64
	for _, g := range ranges {
		n += g.To - g.From
	}
	return n
}
