package pipeline

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Commits that do not succeed hold up neither a shutdown beyond its deadline nor,
// when they are over, anything else.
func TestAShutdownKeepsItsDeadline(t *testing.T) {
	for name, away := range map[string]func(b *broker){
		"no coordinator": func(b *broker) {
			b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Err: kerr.CoordinatorNotAvailable, Count: -1})
		},
		"no broker": func(b *broker) { b.fake.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, 1)
				sink := &memory{}
				w := b.start(sink, &drawer{})
				eventually(t, "the start is committed", func() bool { at, _ := b.commit(0); return at == 0 })
				b.produce(0, 1_700_000_000_000, "a")
				eventually(t, "the row is written", func() bool { return len(sink.all()) == 1 })
				away(b)
				time.Sleep(time.Second)
				start := time.Now()
				_ = w.stop()
				if took := time.Since(start); took > b.config.ShutdownTimeout+100*time.Millisecond { // the rest leaves the group
					t.Errorf("stopping took %v, want %v at most", took, b.config.ShutdownTimeout)
				}
			})
		})
	}
}
