//go:build stack

package test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"ingest/test/harness"
	"ingest/test/oracle"
)

// A log is compacted behind a group. Reading what is left from the beginning
// changes nothing, and the group goes on with the clock that its commits carry.
// Verify finds no difference, and says what it cannot judge.
// Into an empty table, what is left gives its own fold.
func TestCompactedTopic(t *testing.T) {
	t.Parallel()
	l := newLogged(t, "compacted", 2, 3000)
	env := l.env(l.mapping())
	again := func(group string) {
		w := startWorker(t, append(env, "INGEST_KAFKA_GROUP_ID="+group), "run", "--until-current")
		if code := w.Wait(runLimit); code != 0 {
			t.Fatalf("group %s: exit code %d", group, code)
		}
	}
	l.extend(0.005) // a segment is as old as its first batch
	l.extend(0.7)
	l.configure("segment.ms", "100")
	l.extend(0.8) // closes the segment: the one that is written to is never compacted
	l.catchUp(env)
	l.exact()
	l.compact()
	again("compacted-too")
	l.exact()
	l.extend(1)
	l.catchUp(env)
	l.exact()
	v := l.verify(env)
	v.demand(t, map[string]int64{})
	if v.NotJudged["cells_older_than_read"] == 0 || v.NotJudged["cell_timestamps_unknown"] == 0 || !strings.Contains(v.text, "as compaction leaves it") {
		t.Errorf("verify does not say what it cannot judge:\n%s", v.text)
	}

	left := l.left()
	execute(t, l.session, "TRUNCATE compacted.rows")
	again("compacted-three")
	if now := l.left().End(0); left.End(0) == l.log.End(0) || now != left.End(0) {
		t.Fatalf("of %d records %d were left, then %d", l.log.End(0), left.End(0), now)
	}
	demandFold(t, l.session, "compacted.rows", left)
}

// left is the part of the log that is still in the topic.
func (l *logged) left() *oracle.Log {
	l.t.Helper()
	left := oracle.NewLog(l.log.Partitions())
	for _, r := range readAll(l.t, l.admin, l.name) {
		left.Append(int(r.Partition), l.log.Slice(int(r.Partition), r.Offset, r.Offset+1)[0].Event)
	}
	return left
}

// compact has the broker compact what a topic holds so far, once.
func (l *logged) compact() {
	l.t.Helper()
	before := l.size()
	l.configure("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.01", "max.compaction.lag.ms", "100")
	harness.Eventually(l.t, 2*time.Minute, "the topic is compacted", func() error {
		if now := l.size(); now > before*9/10 {
			return fmt.Errorf("%d bytes, %d before", now, before)
		}
		return nil
	})
	l.configure("cleanup.policy", "delete") // the log stays as it is from here
}

// configure alters the topic's settings, given as names and values in turn.
func (l *logged) configure(namesAndValues ...string) {
	l.t.Helper()
	var configs []kadm.AlterConfig
	for i := 0; i < len(namesAndValues); i += 2 {
		configs = append(configs, kadm.AlterConfig{Name: namesAndValues[i], Value: &namesAndValues[i+1]})
	}
	responses, err := l.admin.AlterTopicConfigs(l.t.Context(), configs, l.name)
	if err != nil || responses[0].Err != nil {
		l.t.Fatal(err, responses)
	}
}

// size is how many bytes the topic's log has on disk.
func (l *logged) size() int64 {
	l.t.Helper()
	dirs, err := l.admin.DescribeAllLogDirs(l.t.Context(), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	total := int64(0)
	dirs.Each(func(d kadm.DescribedLogDir) {
		d.Topics.Each(func(p kadm.DescribedLogDirPartition) {
			if p.Topic == l.name {
				total += p.Size
			}
		})
	})
	return total
}
