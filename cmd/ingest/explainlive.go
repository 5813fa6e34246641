package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/pipeline"
	"ingest/pipeline/kafka"
	"ingest/pipeline/scan"
)

// errFound ends a scan that has found its record.
var errFound = errors.New("found")

// fetch reads the live record. It joins no group and commits nothing.
func (e *explaining) fetch(ctx context.Context, topic string) (*sample, error) {
	opts, err := kafka.Options(e.cfg.Kafka, e.log())
	if err != nil {
		return nil, misconfigured(err)
	}
	end, err := e.place(ctx, opts, topic)
	if err != nil {
		return nil, err
	}
	var found *kgo.Record
	err = scan.Read(ctx, opts, []scan.Range{{Topic: topic, Partition: e.flags.partition, From: e.flags.offset, To: end}}, func(r *kgo.Record) error {
		if r.Attrs.IsControl() {
			return nil
		}
		found = r
		return errFound
	})
	if err != nil && !errors.Is(err, errFound) {
		return nil, fmt.Errorf("reading the record: %w", err)
	}
	return e.take(topic, found)
}

// place checks that the offset can hold a record, and gives the end of what can be
// read of the partition.
func (e *explaining) place(ctx context.Context, opts []kgo.Opt, topic string) (end int64, err error) {
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return 0, fmt.Errorf("setting up a Kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return 0, fmt.Errorf("asking Kafka where topic %q begins: %w", topic, err)
	}
	ends, err := admin.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return 0, fmt.Errorf("asking Kafka where topic %q ends: %w", topic, err)
	}
	first, ok := starts.Lookup(topic, e.flags.partition)
	last, alsoOK := ends.Lookup(topic, e.flags.partition)
	switch err := errors.Join(first.Err, last.Err); {
	case errors.Is(err, kerr.UnknownTopicOrPartition), !ok && err == nil, !alsoOK && err == nil:
		return 0, fmt.Errorf("there is no partition %s/%d", topic, e.flags.partition)
	case err != nil:
		return 0, fmt.Errorf("asking Kafka for the ends of %s/%d: %w", topic, e.flags.partition, err)
	case e.flags.offset < first.Offset:
		return 0, fmt.Errorf("%s/%d begins at offset %d: what was before is gone", topic, e.flags.partition, first.Offset)
	case e.flags.offset >= last.Offset:
		return 0, fmt.Errorf("%s/%d ends before offset %d: it has no record at %d yet", topic, e.flags.partition, last.Offset, e.flags.offset)
	}
	return last.Offset, nil
}

// take refuses another record than the one that was asked for.
func (e *explaining) take(topic string, r *kgo.Record) (*sample, error) {
	f := &e.flags
	switch {
	case r == nil:
		return nil, fmt.Errorf("%s/%d has no record at offset %d or after: it was compacted away, or its transaction was aborted", topic, f.partition, f.offset)
	case r.Offset != f.offset:
		return nil, fmt.Errorf("%s/%d has no record at offset %d: it was compacted away, or is none for consumers; the next one is at --offset %d", topic, f.partition, f.offset, r.Offset)
	}
	rec := &sample{live: true}
	pipeline.ToRecord(&rec.Record, r)
	return rec, nil
}
