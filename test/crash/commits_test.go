//go:build stack && crash

package crash

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// commit is what the group has committed for a partition; the offset is -1 while
// there is nothing.
type commit struct{ offset, clock int64 }

// commits gives one for each partition.
func (w *world) commits(ctx context.Context) ([]commit, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out := make([]commit, partitions)
	found, err := w.admin.FetchOffsets(ctx, group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("reading commits: %w", err)
	}
	for p := range out {
		out[p].offset = -1
		o, ok := found.Lookup(topic, int32(p))
		if !ok {
			continue
		}
		if o.Err != nil {
			return nil, fmt.Errorf("reading the commit of partition %d: %w", p, o.Err)
		}
		out[p].offset = o.At
		if out[p].clock, err = clockOf(o.Metadata); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// clockOf reads the clock that a commit carries beside its offset.
func clockOf(metadata string) (clock int64, err error) {
	var version, generation int
	var hash string
	if _, err := fmt.Sscanf(metadata, "ingest/%d clock=%d generation=%d mapping=%s", &version, &clock, &generation, &hash); err != nil {
		return 0, fmt.Errorf("a commit carries %q: %w", metadata, err)
	}
	return clock, nil
}

// mustCommits asks until there is an answer: a broker may be on its way down.
func (l *load) mustCommits() []commit {
	l.t.Helper()
	var at []commit
	err := poll(l.t.Context(), time.Minute, "the commits can be read", func() (err error) {
		at, err = l.commits(l.t.Context())
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return at
}

// caughtUp waits until all of the log is committed; meanwhile is called now and
// then.
func (l *load) caughtUp(within time.Duration, meanwhile func()) error {
	return poll(l.t.Context(), within, "everything is committed", func() error {
		meanwhile()
		at, err := l.commits(l.t.Context())
		if err != nil {
			return err
		}
		for p, c := range at {
			if end := l.log.End(p); c.offset != end {
				return fmt.Errorf("partition %d is committed up to %d of %d", p, c.offset, end)
			}
		}
		return nil
	})
}
