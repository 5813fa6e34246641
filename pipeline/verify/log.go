package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/pipeline"
	"ingest/pipeline/scan"
)

type topicPartition struct {
	topic string
	id    int32
}

// reader reads the log of all partitions into a fold. It belongs to one
// goroutine.
type reader struct {
	cfg    Config
	deps   Deps
	admin  *kadm.Client
	report *Report
	fold   *fold
	parts  map[topicPartition]*partition
	buf    mapping.Buffer
	rec    mapping.Record
	notes  notes

	letters map[Place][]string // as they were at the start
}

// bounds are offsets by partition.
type bounds map[topicPartition]int64

// begin finds where each partition that has a commit starts.
func (r *reader) begin(ctx context.Context) error {
	names := r.names()
	starts, err := listed(r.admin.ListStartOffsets(ctx, names...))
	if err != nil {
		return fmt.Errorf("asking for the starts of the topics: %w", err)
	}
	folds, warm := starts, starts
	if !r.cfg.Since.IsZero() {
		if folds, err = listed(r.admin.ListOffsetsAfterMilli(ctx, r.cfg.Since.UnixMilli(), names...)); err != nil {
			return fmt.Errorf("asking for the offsets at --since: %w", err)
		}
		if warm, err = listed(r.admin.ListOffsetsAfterMilli(ctx, r.cfg.Since.Add(-2*r.cfg.Lookback).UnixMilli(), names...)); err != nil {
			return fmt.Errorf("asking for the offsets before --since: %w", err)
		}
	}
	r.parts = map[topicPartition]*partition{}
	for i := range r.deps.Topics {
		t := &r.deps.Topics[i]
		for at, start := range starts {
			if at.topic != t.Name {
				continue
			}
			p := &partition{topic: t, id: at.id, lookback: r.cfg.Lookback, clock: pipeline.Clock{Floor: r.deps.Floor, Generation: r.deps.Generation}}
			p.begin(max(start, min(warm[at], folds[at])), max(start, folds[at]))
			r.parts[at] = p
		}
	}
	return nil
}

func (r *reader) names() []string {
	var names []string
	for i := range r.deps.Topics {
		names = append(names, r.deps.Topics[i].Name)
	}
	return names
}

func listed(offsets kadm.ListedOffsets, err error) (bounds, error) {
	if err == nil {
		err = offsets.Error()
	}
	if err != nil {
		return nil, err
	}
	out := bounds{}
	offsets.Each(func(o kadm.ListedOffset) { out[topicPartition{o.Topic, o.Partition}] = o.Offset })
	return out, nil
}

// read reads all partitions up to offsets.
func (r *reader) read(ctx context.Context, phase string, to bounds, each func(*kgo.Record) error) (int64, error) {
	var ranges []scan.Range
	var total, done int64
	next := bounds{}
	for at, end := range to {
		if p := r.parts[at]; p.next < end {
			ranges = append(ranges, scan.Range{Topic: at.topic, Partition: at.id, From: p.next, To: end})
			total += end - p.next
			next[at] = p.next
		}
	}
	err := scan.Read(ctx, r.deps.Client, ranges, func(rec *kgo.Record) error {
		at := topicPartition{rec.Topic, rec.Partition}
		done += rec.Offset + 1 - next[at]
		next[at] = rec.Offset + 1
		r.progress(phase, done, total)
		return each(rec)
	})
	if errors.Is(err, kerr.OffsetOutOfRange) {
		err = fmt.Errorf("retention took records while they were read; try again, with --since if it happens again: %w", err)
	}
	return total, err
}

func (r *reader) progress(phase string, done, total int64) {
	if r.deps.Progress != nil {
		r.deps.Progress(phase, done, total)
	}
}
