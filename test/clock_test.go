//go:build stack

package test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
	"ingest/test/oracle"
	"ingest/test/stack"
)

// logged is a log that is produced bit by bit to a scene's topic.
type logged struct {
	*scene
	log   *oracle.Log
	value *subject
	made  []int64 // records of each partition that are in the topic
}

// newLogged makes a scene with a log whose timestamps leap ahead for good in
// every second partition: from there each write timestamp hangs on the one before.
func newLogged(t *testing.T, name string, partitions, records int) *logged {
	t.Helper()
	s := newScene(t, name, int32(partitions), "CREATE TABLE "+name+".rows (id text PRIMARY KEY, a bigint, b text, c double)")
	return &logged{scene: s, value: register(t, name+"-value", crashSchema), made: make([]int64, partitions),
		log: drawLog(t, 3, records, partitions, records/10)}
}

// extend produces each partition's records up to a share of the log.
func (l *logged) extend(share float64) {
	l.t.Helper()
	var records []*kgo.Record
	for p := range l.made {
		upTo := max(l.made[p], int64(share*float64(l.log.End(p))))
		records = append(records, recordsOf(l.t, l.log, l.name, l.value, p, l.made[p], upTo)...)
		l.made[p] = upTo
	}
	produce(l.t, l.client, records...)
}

func (l *logged) mapping() string { return strings.ReplaceAll(replayMapping, "replay", l.name) }

// upToNow is the part of the log that is in the topic.
func (l *logged) upToNow() *oracle.Log {
	in := oracle.NewLog(len(l.made))
	for p, n := range l.made {
		for _, r := range l.log.Slice(p, 0, n) {
			in.Append(p, r.Event)
		}
	}
	return in
}

// exact holds the table against the fold of what is in the log: every WRITETIME.
func (l *logged) exact() {
	l.t.Helper()
	demandFold(l.t, l.session, l.name+".rows", l.upToNow())
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
	for p, n := range l.made {
		clock, err := committedClock(l.t.Context(), l.admin, group, l.name, int32(p))
		if want := l.log.Slice(p, n-1, n)[0].Stamp; err != nil || clock != want {
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
	at := []int64{l.made[0]}
	l.trim(at)
	l.commitAs(l.name, at) // as another tool would: the clock is gone
	l.extend(1)
	w := l.catchUp(env)
	if !strings.Contains(w.Output(), "no record before the commit is left in the log") {
		t.Errorf("the worker does not say that the clock is lost:\n%s", w.Tail())
	}
	left := oracle.NewLog(1)
	for _, r := range l.log.Slice(0, at[0], l.made[0]) {
		left.Append(0, r.Event)
	}
	table := merged{}
	table.add(l.log.Slice(0, 0, at[0]))
	table.add(left.Slice(0, 0, left.End(0)))
	demandRows(t, l.session, l.name+".rows", table.rows())
	l.noLetters()
}

// merged is a table that takes writes in any order, as Cassandra does: of each
// cell the latest one stays, and a delete ends what is not later than itself.
type merged map[string]*mergedRow

type mergedRow struct {
	oracle.Row
	deleted int64
}

func (m merged) add(records []oracle.Record) {
	for i := range records {
		e := &records[i]
		r := m[e.Key]
		if r == nil {
			r = &mergedRow{}
			m[e.Key] = r
		}
		if e.Delete {
			r.deleted = max(r.deleted, e.Stamp)
			continue
		}
		r.Marker = max(r.Marker, e.Stamp)
		for column := range e.Set {
			if e.Set[column] && e.Stamp > r.Cells[column].Stamp {
				r.Cells[column] = oracle.Cell{Value: e.Value(column), Stamp: e.Stamp}
			}
		}
	}
}

func (m merged) rows() map[string]oracle.Row {
	out := map[string]oracle.Row{}
	for key, r := range m {
		alive := r.Row
		for column, c := range r.Cells {
			if c.Stamp <= r.deleted {
				alive.Cells[column] = oracle.Cell{}
			}
		}
		if alive.Newest() > 0 || r.Marker > r.deleted {
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
