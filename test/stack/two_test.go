//go:build stack

package stack

import (
	"context"
	"testing"
)

// Two stacks run side by side and know nothing of each other: what would be
// refused the second time in one of them is new in both, and one goes without
// the other.
func TestTwoStacksSideBySide(t *testing.T) {
	options := Options{Brokers: 1, CassandraNodes: 1}
	first := begin(context.Background(), t, options)
	second := begin(context.Background(), t, options)
	for _, s := range []*Stack{first, second} {
		createTopic(t, s, 1)
		writeRow(t, s)
	}
	gone := pidsOf(first)
	first.Stop()
	assertGone(t, gone)
	if got := releaseVersion(t, second); got != CassandraVersion50 {
		t.Errorf("the second stack says release_version %q after the first has gone", got)
	}
}
