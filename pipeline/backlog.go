package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Backlog is what a group had not yet committed of its topics at one moment.
type Backlog struct {
	admin  *kadm.Client
	group  string
	topics []string
	ends   kadm.ListedOffsets // last stable offsets at that moment
	starts kadm.ListedOffsets // log starts, for partitions without a commit
	Total  int64              // offsets between the commits and the ends
}

// backlogInterval is how often Wait asks for the group's commits.
const backlogInterval = 100 * time.Millisecond

// MeasureBacklog takes the moment. It waits for nothing: errors are the broker's.
func MeasureBacklog(ctx context.Context, admin *kadm.Client, group string, topics []string) (*Backlog, error) {
	b := &Backlog{admin: admin, group: group, topics: topics}
	var err error
	if b.ends, err = admin.ListCommittedOffsets(ctx, topics...); err != nil {
		return nil, fmt.Errorf("asking for the ends of the topics: %w", err)
	}
	if err := b.ends.Error(); err != nil {
		return nil, fmt.Errorf("asking for the ends of the topics: %w", err)
	}
	if b.starts, err = admin.ListStartOffsets(ctx, topics...); err != nil {
		return nil, fmt.Errorf("asking for the starts of the topics: %w", err)
	}
	b.Total, _, err = b.left(ctx)
	return b, err
}

// Wait returns once the group has committed up to the ends. progress is called
// now and then with the offsets done so far, of Total. Errors of single questions
// are borne, since the broker may be away for a while.
func (b *Backlog) Wait(ctx context.Context, progress func(done int64)) error {
	ticker := time.NewTicker(backlogInterval)
	defer ticker.Stop()
	for {
		left, uncommitted, err := b.left(ctx)
		if err == nil {
			progress(max(0, b.Total-left))
			if left == 0 && uncommitted == 0 {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// left counts the offsets that are not committed yet, and the partitions that
// have no commit at all.
func (b *Backlog) left(ctx context.Context) (offsets int64, uncommitted int, err error) {
	commits, err := b.admin.FetchOffsets(ctx, b.group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a group nobody has used is not there yet
		return 0, 0, fmt.Errorf("asking for the group's commits: %w", err)
	}
	b.ends.Each(func(end kadm.ListedOffset) {
		at := int64(-1)
		if c, ok := commits.Lookup(end.Topic, end.Partition); ok && c.Err == nil {
			at = c.At
		}
		if at < 0 {
			uncommitted++
			if start, ok := b.starts.Lookup(end.Topic, end.Partition); ok {
				at = start.Offset
			}
		}
		offsets += max(0, end.Offset-at)
	})
	return offsets, uncommitted, nil
}
