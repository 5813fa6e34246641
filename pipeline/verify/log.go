package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/pipeline"
	"ingest/pipeline/scan"
	"ingest/retry"
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

// ErrNoCommit means that the group has committed nothing of the topics.
var ErrNoCommit = errors.New("the group has committed nothing of these topics")

// commit is a commit of the group.
type commit struct {
	offset int64
	state  pipeline.State
	ours   bool // it carries a state
}

// commits asks for the group's commits.
func (r *reader) commits(ctx context.Context) (map[topicPartition]commit, error) {
	fetched, err := r.admin.FetchOffsets(ctx, r.deps.Group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil, ErrNoCommit
	}
	if err != nil {
		return nil, fmt.Errorf("asking for the group's commits: %w", err)
	}
	out := map[topicPartition]commit{}
	for at := range r.parts {
		o, ok := fetched.Lookup(at.topic, at.id)
		if !ok || o.Err != nil || o.At < 0 {
			continue
		}
		state, ours, err := pipeline.DecodeState(o.Metadata)
		if err != nil {
			return nil, fmt.Errorf("%s/%d: %w", at.topic, at.id, err)
		}
		out[at] = commit{o.At, state, ours}
	}
	if len(out) == 0 {
		return nil, ErrNoCommit
	}
	for at := range r.parts {
		if _, ok := out[at]; !ok {
			r.notes.add(at, "the group has no commit: nothing of it is compared")
		}
	}
	return out, nil
}

// catchUp reads up to the group's present commits, and gives how many offsets that
// were.
func (r *reader) catchUp(ctx context.Context, phase string) (int64, error) {
	commits, err := r.commits(ctx)
	if err != nil {
		return 0, err
	}
	if err := r.dropBeyondLog(ctx, commits); err != nil {
		return 0, err
	}
	to := bounds{}
	for at, c := range commits {
		to[at] = c.offset
	}
	n, err := r.read(ctx, phase, to, func(rec *kgo.Record) error { return r.take(ctx, rec) })
	if err != nil {
		return n, err
	}
	for at, c := range commits {
		p := r.parts[at]
		if p.next > c.offset {
			continue // the group was set back, or has not committed since
		}
		p.skip(c.offset)
		r.confirm(at, p, c)
		r.tellHistory(at, p)
	}
	return n, nil
}

// dropBeyondLog leaves out commits that the log does not reach: waiting for their
// records would take for ever.
func (r *reader) dropBeyondLog(ctx context.Context, commits map[topicPartition]commit) error {
	ends, err := listed(r.admin.ListEndOffsets(ctx, r.names()...))
	if err != nil {
		return fmt.Errorf("asking for the ends of the topics: %w", err)
	}
	for at, c := range commits {
		if c.offset > ends[at] {
			r.notes.add(at, "the commit is beyond the end of the log, as when a topic is created again: nothing of it is compared")
			delete(commits, at)
		}
	}
	return nil
}

// tellHistory says what of the log is not there.
func (r *reader) tellHistory(at topicPartition, p *partition) {
	switch {
	case p.compacted():
		r.notes.add(at, "records are missing from the log, as compaction leaves it: cells that only they wrote, rows whose deletes are gone, and some write timestamps cannot be judged")
	case !p.whole:
		r.notes.add(at, "the log is read from a later offset than 0 on: what was written before cannot be judged")
	}
}

// markBeyond marks the fold's rows that records beyond the commits are about. It
// reads up to the present end of the log.
func (r *reader) markBeyond(ctx context.Context) error {
	ends, err := listed(r.admin.ListCommittedOffsets(ctx, r.names()...))
	if err != nil {
		return fmt.Errorf("asking for the ends of the topics: %w", err)
	}
	for at := range ends {
		if r.parts[at] == nil {
			delete(ends, at) // a partition that was added just now
		}
	}
	_, err = r.read(ctx, PhaseBeyond, ends, func(rec *kgo.Record) error {
		if rec.Attrs.IsControl() {
			return nil
		}
		return r.rows(ctx, rec, r.parts[topicPartition{rec.Topic, rec.Partition}], 0, func(_ write, m *mapping.Row) {
			if _, _, row := r.fold.find(m); row != nil {
				row.touched = true
			}
		})
	})
	return err
}

// confirm holds the clock against the commit's.
func (r *reader) confirm(at topicPartition, p *partition, c commit) {
	switch {
	case !c.ours && c.offset > 0:
		r.notes.add(at, "the commit was set by another tool and carries no clock: where it went forward, records before it have not been written")
		return
	case !c.ours:
		return
	case c.state.Mapping != r.deps.Mapping:
		r.notes.add(at, "the commit was made with another mapping file (hash %s, this one is %s): what the mapping changed since is reported", c.state.Mapping, r.deps.Mapping)
	}
	if c.state.Generation != r.deps.Generation {
		r.notes.add(at, "the commit was made with generation %d, the mapping file says %d: write timestamps are compared with those of generation %d", c.state.Generation, r.deps.Generation, r.deps.Generation)
	}
	p.confirm(c.state.Clock)
	switch p.trust {
	case trustLower:
		r.notes.add(at, "the worker's clock was ahead of what is left of the log: write timestamps are only held to be not too early")
	case trustNone:
		r.notes.add(at, "the worker's clock was behind that of the log, so it started elsewhere or with another floor: write timestamps are not compared")
	}
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

// take folds one record.
func (r *reader) take(ctx context.Context, rec *kgo.Record) error {
	p := r.parts[topicPartition{rec.Topic, rec.Partition}]
	stamp, ok := p.advance(rec)
	r.report.Records++
	if !ok || rec.Offset < p.foldFrom {
		return nil
	}
	tables, lettered := r.deps.Letters[Place{rec.Topic, rec.Partition, rec.Offset}]
	err := r.rows(ctx, rec, p, stamp, func(w write, m *mapping.Row) {
		r.fold.apply(w, m, lettered && failed(tables, m.Statement.Table.FullName()))
	})
	if r.report.Passes == 1 { // those of the others are the same records
		if lettered {
			r.report.Lettered++
		}
		if err == nil && r.unwritable() {
			r.report.Unwritable++
		}
	}
	return err
}

// failed reports whether a dead letter is about a table: one that names none is
// about all of them.
func failed(tables []string, table string) bool {
	return len(tables) == 0 || slices.Contains(tables, table)
}

// rows maps one record.
func (r *reader) rows(ctx context.Context, rec *kgo.Record, p *partition, stamp int64, each func(write, *mapping.Row)) error {
	if r.cfg.Key != nil && !slices.Equal(r.cfg.Key, rec.Key) {
		return nil
	}
	r.buf.Reset()
	pipeline.ToRecord(&r.rec, rec)
	if err := p.topic.Mapper.Map(ctx, &r.rec, stamp, 0, &r.buf); err != nil {
		return err
	}
	w := write{stamp: stamp, part: p, offset: rec.Offset}
	for i := range r.buf.Rows {
		w.stamp = r.buf.Rows[i].Timestamp
		each(w, &r.buf.Rows[i])
	}
	return nil
}

// unwritable reports whether the mapping gives no row of the record for a table
// that is looked at.
func (r *reader) unwritable() bool {
	return slices.ContainsFunc(r.buf.Poison, func(p mapping.RowPoison) bool {
		reason, ok := errors.AsType[*retry.Poison](p.Err)
		return ok && r.looksAt(reason.Table)
	})
}

func (r *reader) looksAt(table string) bool {
	return table == "" || slices.ContainsFunc(r.deps.Tables, func(t *Table) bool { return t.FullName() == table })
}
