//go:build stack

package test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
	"ingest/test/stack"
)

// logged is a history that is produced bit by bit to a scene's topic.
type logged struct {
	*scene
	history history
	value   *subject
	made    []int // records of each partition that are in the log
}

// newLogged makes a scene with a history whose timestamps leap ahead for good in
// every second partition: from there each write timestamp hangs on the one before.
func newLogged(t *testing.T, name string, partitions, records int) *logged {
	t.Helper()
	s := newScene(t, name, int32(partitions), "CREATE TABLE "+name+".rows (id text PRIMARY KEY, a bigint, b text, c double)")
	return &logged{scene: s, value: register(t, name+"-value", crashSchema), made: make([]int, partitions),
		history: newHistory(rand.New(rand.NewPCG(testSeed(t), 3)), records, partitions, records/10)}
}

// extend produces each partition's records up to a share of its history.
func (l *logged) extend(share float64) {
	l.t.Helper()
	var records []*kgo.Record
	for p, events := range l.history {
		upTo := int(share * float64(len(events)))
		for i := l.made[p]; i < upTo; i++ {
			records = append(records, events[i].record(l.name, int32(p), func(cells map[string]any) []byte {
				return l.value.encode(l.t, map[string]any{"a": cells["a"], "b": cells["b"], "c": cells["c"]})
			}))
		}
		l.made[p] = max(l.made[p], upTo)
	}
	produce(l.t, l.client, records...)
}

func (l *logged) mapping() string { return strings.ReplaceAll(replayMapping, "replay", l.name) }

// upToNow is the part of the history that is in the log.
func (l *logged) upToNow() history {
	in := make(history, len(l.history))
	for p, events := range l.history {
		in[p] = events[:l.made[p]]
	}
	return in
}

// exact holds the table against the fold of what is in the log: every WRITETIME.
func (l *logged) exact() {
	l.t.Helper()
	demandRows(l.t, l.session, l.name+".rows", l.upToNow().fold())
	l.noLetters()
}

// A group's offsets are set back with Kafka's own tool, which leaves no clock in
// the commits: it is rebuilt from the log, and everything that is written again
// or anew carries the write timestamps that it always had.
func TestOffsetsResetByKafkasTool(t *testing.T) {
	t.Parallel()
	l := newLogged(t, "reset", 2, 6000)
	env := l.env(l.mapping())
	l.extend(0.6)
	l.catchUp(env)
	out, err := servers.KafkaTool(t.Context(), stack.ConsumerGroups, "--group", l.name, "--topic", l.name, "--reset-offsets", "--shift-by", "-500", "--execute")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, l.name) {
		t.Fatalf("the tool says %q", out)
	}
	l.extend(1)
	w := l.catchUp(env)
	if n := strings.Count(w.Output(), "rebuilt the clock"); n != 2 {
		t.Errorf("%d partitions say that their clock was rebuilt, want 2:\n%s", n, w.Tail())
	}
	l.exact()
	l.clocks(l.name)
}

// A new group is given another one's offsets without their metadata, as it is
// done to rename one.
func TestRenamedGroup(t *testing.T) {
	t.Parallel()
	l := newLogged(t, "renamed", 2, 4000)
	l.extend(0.5)
	l.catchUp(l.env(l.mapping()))
	at, err := commits(t.Context(), l.admin, l.name, l.name, 2)
	if err != nil {
		t.Fatal(err)
	}
	l.commitAs("renamed-too", at)
	l.extend(1)
	w := startWorker(t, append(l.env(l.mapping()), "INGEST_KAFKA_GROUP_ID=renamed-too"), "run", "--until-current")
	if code := w.Wait(runLimit); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	l.exact()
	l.clocks("renamed-too")
}

// commitAs commits offsets for a group, with nothing beside them.
func (l *logged) commitAs(group string, at []int64) {
	l.t.Helper()
	var offsets kadm.Offsets
	for p, offset := range at {
		offsets.AddOffset(l.name, int32(p), offset, -1)
	}
	if err := l.admin.CommitAllOffsets(l.t.Context(), group, offsets); err != nil {
		l.t.Fatal(err)
	}
}

// clocks holds the clock that each commit carries against the log's.
func (l *logged) clocks(group string) {
	l.t.Helper()
	stamps := l.history.stamps()
	for p := range stamps {
		clock, err := committedClock(l.t.Context(), l.admin, group, l.name, int32(p))
		if want := stamps[p][l.made[p]-1]; err != nil || clock != want {
			l.t.Errorf("partition %d carries clock %d, %v; want %d", p, clock, err, want)
		}
	}
}

// Where the log before a commit is gone, nothing is known of the clock there;
// write timestamps go on from the records' own and still only grow.
func TestTrimmedLog(t *testing.T) {
	t.Parallel()
	l := newLogged(t, "trimmed", 1, 2000)
	env := l.env(l.mapping())
	l.extend(0.5)
	l.catchUp(env)
	at := []int64{int64(l.made[0])}
	l.trim(at)
	l.commitAs(l.name, at) // as another tool would: the clock is gone
	l.extend(1)
	w := l.catchUp(env)
	if !strings.Contains(w.Output(), "no record before the commit is left in the log") {
		t.Errorf("the worker does not say that the clock is lost:\n%s", w.Tail())
	}
	left := history{l.history[0][at[0]:]}
	table := merged{}
	table.add(l.history[0][:at[0]], l.history.stamps()[0])
	table.add(left[0], left.stamps()[0])
	demandRows(t, l.session, l.name+".rows", table.rows())
	l.noLetters()
}

// merged is a table that takes writes in any order, as Cassandra does: of each
// cell the latest one stays, and a delete ends what is not later than itself.
type merged map[string]*mergedRow

type mergedRow struct {
	deleted, marker int64
	cells           row
}

func (m merged) add(events []event, stamps []int64) {
	for i, e := range events {
		r := m[e.key]
		if r == nil {
			r = &mergedRow{cells: row{}}
			m[e.key] = r
		}
		if e.delete {
			r.deleted = max(r.deleted, stamps[i])
			continue
		}
		r.marker = max(r.marker, stamps[i])
		for column, value := range e.cells {
			if stamps[i] > r.cells[column].stamp {
				r.cells[column] = cell{value, stamps[i]}
			}
		}
	}
}

func (m merged) rows() map[string]row {
	out := map[string]row{}
	for key, r := range m {
		alive := row{}
		for column, c := range r.cells {
			if c.stamp > r.deleted {
				alive[column] = c
			}
		}
		if len(alive) > 0 || r.marker > r.deleted {
			out[key] = alive
		}
	}
	return out
}

// trim deletes the records before offsets, as retention does.
func (l *logged) trim(before []int64) {
	l.t.Helper()
	var offsets kadm.Offsets
	for p, offset := range before {
		offsets.AddOffset(l.name, int32(p), offset, -1)
	}
	if _, err := l.admin.DeleteRecords(l.t.Context(), offsets); err != nil {
		l.t.Fatal(err)
	}
}

// Partitions are added while a worker runs that starts at the latest offset. What
// comes into them before the worker knows is read all the same.
func TestAddedPartitions(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"earliest", "latest"} {
		t.Run(start, func(t *testing.T) {
			t.Parallel()
			name := "added_" + start
			s := newScene(t, name, 1, simpleTable(name))
			value := register(t, name+"-value", textAndNumber)
			w := startWorker(t, s.env(simpleMapping(name), "INGEST_KAFKA_START="+start), "run")
			harness.Eventually(t, time.Minute, "the start is committed", s.lagging)
			if _, err := s.admin.CreatePartitions(t.Context(), 2, name); err != nil {
				t.Fatal(err)
			}
			s.partitions = 3
			var records []*kgo.Record
			for p := range int32(3) {
				r := s.record("key-"+strconv.Itoa(int(p)), value.encode(t, map[string]any{"a": "text", "n": int64(p)}))
				r.Partition = p
				records = append(records, r)
			}
			produce(t, kafka(t), records...) // a client that knows the new ones
			harness.Eventually(t, 2*time.Minute, "the new partitions are read", s.lagging)
			if rows := s.count(name + ".rows"); rows != 3 {
				t.Errorf("%d rows, want 3", rows)
			}
			w.running()
			s.noLetters()
		})
	}
}
