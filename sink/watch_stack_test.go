//go:build stack

package sink

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// WatchSchema hears of every kind of change, and of nothing else.
func TestWatchSchema(t *testing.T) {
	s := connect(t, testDeps())
	execute(t, "DROP TABLE IF EXISTS sink.watched")
	execute(t, "DROP TYPE IF EXISTS sink.watched_type")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var heard atomic.Int64
	go s.WatchSchema(ctx, func() { heard.Add(1) })
	eventually(t, "the watch has its first answer", func() bool { return heard.Load() == 1 })
	heard.Store(0)
	time.Sleep(3 * schemaTick)
	if n := heard.Load(); n != 0 {
		t.Errorf("heard of %d changes while there was none", n)
	}
	for _, ddl := range []string{
		"CREATE TYPE sink.watched_type (x int)",
		"CREATE TABLE sink.watched (pk int PRIMARY KEY, v int, u frozen<watched_type>)",
		"ALTER TABLE sink.watched ADD w int", "ALTER TABLE sink.watched DROP w", "ALTER TABLE sink.watched ADD w int",
		"ALTER TABLE sink.watched RENAME pk TO id", "ALTER TYPE sink.watched_type ADD y int", "ALTER TYPE sink.watched_type RENAME y TO z",
		"ALTER TABLE sink.watched WITH default_time_to_live = 5", "DROP TABLE sink.watched",
	} {
		before := heard.Load()
		execute(t, ddl)
		eventually(t, "the watch hears of "+ddl, func() bool { return heard.Load() > before })
	}
}
