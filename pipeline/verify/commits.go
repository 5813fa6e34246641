package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/pipeline"
)

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
