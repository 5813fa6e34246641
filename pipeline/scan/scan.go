package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Range is a run of offsets of one partition.
type Range struct {
	Topic     string
	Partition int32
	From, To  int64 // the first offset, and the one after the last
}

// Bounds of one scan's memory, in bytes: what one fetch brings, and what one
// compressed batch may grow to; and the records of one poll.
const (
	pollRecords      = 10_000
	fetchBytes       = 4 << 20
	decompressedMost = 64 << 20
)

// quiet is how long nothing may come before the broker is asked whether there is
// anything left: the last offsets of a range can be gone from the log, by
// compaction, and then nothing ever arrives for them.
const quiet = 3 * time.Second

// Read gives each the records of the ranges, each partition's in order, those of
// several partitions interleaved; control records too, but no aborted ones. It
// returns when every range is exhausted: gaps of the log are no records. At most
// one range for each partition.
//
// It waits while brokers are away. Its errors are ctx's cause, what each returned,
// or an error of the broker's that a fetch met: authorization, an offset out of
// the log's range, a batch that cannot be decoded.
func Read(ctx context.Context, opts []kgo.Opt, ranges []Range, each func(*kgo.Record) error) error {
	left, starts := plan(ranges)
	if len(left) == 0 {
		return nil
	}
	client, err := kgo.NewClient(slices.Concat(opts, []kgo.Opt{
		kgo.ConsumePartitions(starts), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxWait(500 * time.Millisecond),
		kgo.FetchMaxBytes(fetchBytes), kgo.MaxDecompressBatchBytes(decompressedMost),
	})...)
	if err != nil {
		return fmt.Errorf("setting up a Kafka client: %w", err)
	}
	defer client.Close()
	r := &reader{client: client, left: left, each: each}
	return r.run(ctx)
}

type partition struct {
	topic string
	id    int32
}

func plan(ranges []Range) (map[partition]int64, map[string]map[int32]kgo.Offset) {
	left, starts := map[partition]int64{}, map[string]map[int32]kgo.Offset{}
	for _, g := range ranges {
		if g.From >= g.To {
			continue
		}
		if starts[g.Topic] == nil {
			starts[g.Topic] = map[int32]kgo.Offset{}
		}
		starts[g.Topic][g.Partition] = kgo.NewOffset().At(g.From)
		left[partition{g.Topic, g.Partition}] = g.To
	}
	return left, starts
}

// reader is the state of one Read.
type reader struct {
	client *kgo.Client
	left   map[partition]int64 // the ends of ranges that are not exhausted
	each   func(*kgo.Record) error
}

func (r *reader) run(ctx context.Context) error {
	for len(r.left) > 0 {
		came, err := r.poll(ctx)
		if err != nil {
			return err
		}
		if !came {
			if err := r.dropExhausted(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// poll takes what comes within a while; came says whether anything did.
func (r *reader) poll(ctx context.Context) (came bool, err error) {
	wait, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	fetches := r.client.PollRecords(wait, pollRecords)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err := firstError(fetches); err != nil {
		return false, err
	}
	for iter := fetches.RecordIter(); !iter.Done(); {
		if err := r.take(iter.Next()); err != nil {
			return true, err
		}
	}
	return fetches.NumRecords() > 0, nil
}

// firstError gives what no waiting mends.
func firstError(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		if !errors.Is(e.Err, context.DeadlineExceeded) && !errors.Is(e.Err, context.Canceled) {
			return fmt.Errorf("reading %s/%d: %w", e.Topic, e.Partition, e.Err)
		}
	}
	return nil
}

func (r *reader) take(rec *kgo.Record) error {
	at := partition{rec.Topic, rec.Partition}
	to, ok := r.left[at]
	if !ok {
		return nil
	}
	if rec.Offset >= to-1 {
		r.finish(at)
	}
	if rec.Offset >= to {
		return nil
	}
	return r.each(rec)
}

func (r *reader) finish(at partition) {
	delete(r.left, at)
	r.client.PauseFetchPartitions(map[string][]int32{at.topic: {at.id}})
}

// dropExhausted ends ranges of which nothing is left, after a while in which
// nothing came. A range that the log has moved beyond would have given an error; so
// when the broker answers, has stable records up to the end, and still gives
// nothing, there is nothing.
func (r *reader) dropExhausted(ctx context.Context) error {
	var topics []string
	for at := range r.left {
		topics = append(topics, at.topic)
	}
	slices.Sort(topics)
	ask, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ends, err := kadm.NewClient(r.client).ListCommittedOffsets(ask, slices.Compact(topics)...)
	if err != nil {
		return nil //nolint:nilerr // the broker is away: it is waited for
	}
	// One more look, now that the broker is known to answer.
	if more, err := r.poll(ctx); err != nil || more {
		return err
	}
	for at, to := range r.left {
		if end, ok := ends.Lookup(at.topic, at.id); ok && end.Err == nil && end.Offset >= to {
			r.finish(at)
		}
	}
	return nil
}
