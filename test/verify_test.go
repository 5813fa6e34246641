//go:build stack

package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
	"ingest/test/oracle"
)

// verified is what `ingest verify --json` says, and its exit code.
type verified struct {
	code                            int
	text                            string
	Rows, Cells, Records, Rechecked int64
	Differing                       int64 `json:"rows_differing"`
	Differences                     map[string]int64
	NotJudged                       map[string]int64 `json:"not_judged"`
	Unwritable                      int64            `json:"records_unwritable"`
	Lettered                        int64            `json:"records_dead_lettered"`
	Notes                           []string
	Details                         []struct {
		Kind, Table, Row, Key, Column, Topic string
		Partition                            int32
		Offset                               int64
	}
}

// verify runs `ingest verify`.
func (s *scene) verify(env []string, args ...string) *verified {
	s.t.Helper()
	w := startWorker(s.t, env, append([]string{"verify", "--json", "--rate=0"}, args...)...)
	v := &verified{code: w.Wait(runLimit), text: w.Output()}
	from := strings.Index(v.text, "{\n")
	if from < 0 {
		s.t.Fatalf("exit code %d, and no report:\n%s", v.code, v.text)
	}
	if err := json.Unmarshal([]byte(v.text[from:]), v); err != nil {
		s.t.Fatalf("%v:\n%s", err, v.text)
	}
	return v
}

// demand fails the test unless there are these differences and no others.
func (v *verified) demand(t *testing.T, want map[string]int64) {
	t.Helper()
	code := 0
	if len(want) > 0 {
		code = 1
	}
	if v.code != code || !maps.Equal(v.Differences, want) {
		t.Errorf("exit code %d, differences %v, want %d, %v:\n%s", v.code, v.Differences, code, want, v.text)
	}
}

// pick gives rows of the fold that hold all of the columns, each once.
type pick struct {
	rows map[string]oracle.Row
	keys []string
}

func newPick(rows map[string]oracle.Row) *pick { return &pick{rows, slices.Sorted(maps.Keys(rows))} }

func (p *pick) cell(key, column string) oracle.Cell {
	names := oracle.ColumnNames()
	return p.rows[key].Cells[slices.Index(names[:], column)]
}

func (p *pick) with(t *testing.T, n int, columns ...string) []string {
	t.Helper()
	var out []string
	p.keys = slices.DeleteFunc(p.keys, func(key string) bool {
		for _, c := range columns {
			if p.cell(key, c).Stamp == 0 {
				return false
			}
		}
		if len(out) == n {
			return false
		}
		out = append(out, key)
		return true
	})
	if len(out) < n {
		t.Fatalf("only %d rows hold %v", len(out), columns)
	}
	return out
}

// Verify finds nothing in what a worker wrote, and then each thing that somebody
// else has done to the table.
func TestVerifyFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	l := newLogged(t, "verified", 3, 4000)
	env := l.env(l.mapping())
	l.extend(1)
	l.catchUp(env)
	l.exact()
	v := l.verify(env)
	v.demand(t, map[string]int64{})
	live, deleted := l.log.Fold()
	if v.Rows != int64(len(live)+len(deleted)) || v.Records != 4000 || v.Cells < v.Rows || len(v.Notes)+len(v.NotJudged) > 0 {
		t.Errorf("%d rows live, %d deleted: %s", len(live), len(deleted), v.text)
	}

	p := newPick(live)
	for _, key := range p.with(t, 3) {
		apply(t, l.scene, "DELETE FROM verified.rows WHERE id = ?", key)
	}
	for _, key := range p.with(t, 2, "b") {
		apply(t, l.scene, "DELETE b FROM verified.rows WHERE id = ?", key)
	}
	for _, key := range p.with(t, 4, "a") {
		apply(t, l.scene, "UPDATE verified.rows SET a = -1 WHERE id = ?", key)
	}
	for _, key := range p.with(t, 2, "c") {
		apply(t, l.scene, "UPDATE verified.rows SET c = ? WHERE id = ?", p.cell(key, "c").Value, key)
	}
	for _, key := range p.with(t, 3, "b") {
		apply(t, l.scene, "UPDATE verified.rows USING TIMESTAMP ? AND TTL 86400 SET b = ? WHERE id = ?", p.cell(key, "b").Stamp, p.cell(key, "b").Value, key)
	}
	for _, key := range slices.Sorted(maps.Keys(deleted))[:5] {
		apply(t, l.scene, "INSERT INTO verified.rows (id, a) VALUES (?, 7)", key)
	}
	lost := p.with(t, 2, "a", "b", "c")
	at := l.lose(lost)

	v = l.verify(env, "--details=100")
	v.demand(t, map[string]int64{"missing": 5, "value": 4, "timestamp": 2, "ttl": 3, "extra": 5, "stale": 6})
	if v.Differing != 21 || len(v.Details) != 25 {
		t.Errorf("%d rows differ, %d details, want 21 and 25", v.Differing, len(v.Details))
	}
	if strings.Contains(v.text, "key-") || strings.Contains(v.text, "once-") || strings.Contains(v.text, "text ") {
		t.Errorf("payloads are told:\n%s", v.text)
	}
	for _, d := range v.Details {
		if d.Kind == "stale" && (d.Topic != l.name || !slices.Contains(at[d.Partition], d.Offset)) {
			t.Errorf("a stale cell is of %s/%d/%d, want one of %v", d.Topic, d.Partition, d.Offset, at)
		}
	}
	one := l.verify(env, "--key="+lost[0], "--show-keys")
	one.demand(t, map[string]int64{"stale": 3})
	if one.Rows != 1 || one.Details[0].Key != fmt.Sprintf("id=%q", lost[0]) {
		t.Errorf("one key: %s", one.text)
	}
	part := l.verify(env, "--sample=20%")
	if share := float64(part.Rows) / float64(v.Rows); share < 0.15 || share > 0.25 || part.Differing > v.Differing {
		t.Errorf("%d of %d rows are 20%%, %d differ", part.Rows, v.Rows, part.Differing)
	}
}

// lose produces one more record for each key, and commits behind them what no
// worker wrote. It gives their offsets by partition.
func (l *logged) lose(keys []string) map[int32][]int64 {
	l.t.Helper()
	at, err := commits(l.t.Context(), l.admin, l.name, l.name, l.partitions)
	if err != nil {
		l.t.Fatal(err)
	}
	partitions := map[string]int32{}
	for p := range l.log.Partitions() {
		for _, r := range l.log.Slice(p, 0, l.log.End(p)) {
			partitions[r.Key] = int32(p)
		}
	}
	out := map[int32][]int64{}
	var records []*kgo.Record
	for _, key := range keys {
		p := partitions[key]
		records = append(records, &kgo.Record{Topic: l.name, Partition: p, Key: []byte(key), Timestamp: time.UnixMilli(1_700_000_000_000),
			Value: l.value.encode(l.t, map[string]any{"a": int64(1), "b": "lost", "c": 0.5})})
		out[p] = append(out[p], at[p])
		at[p]++
	}
	produce(l.t, l.client, records...)
	l.commitAs(l.name, at)
	return out
}

// While a worker writes, while it is gone with rows written beyond its commit, and
// after it came back, there is no difference.
func TestVerifyBesideARunningWorker(t *testing.T) {
	t.Parallel()
	const steps = 100
	l := newLogged(t, "verified_live", 3, 20_000)
	env := l.env(l.mapping())
	l.extend(0.1)
	l.catchUp(env)
	w := startWorker(t, env, "run")
	produced := make(chan struct{})
	go func() {
		defer close(produced)
		for i := range steps {
			l.extend(0.1 + 0.7*float64(i+1)/steps)
			time.Sleep(100 * time.Millisecond) // a steady producer, not a wait for anything
		}
	}()
	looked, rechecked := 0, int64(0)
	for during := true; during; looked++ {
		v := l.verify(env)
		v.demand(t, map[string]int64{})
		rechecked += v.Rechecked
		select {
		case <-produced:
			during = false
		default:
		}
	}
	if rechecked == 0 {
		t.Errorf("no row was looked at again in %d runs: the worker was not writing meanwhile", looked)
	}
	t.Logf("%d runs, %d rows looked at again", looked, rechecked)
	w.Signal(syscall.SIGTERM)
	if code := w.Wait(runLimit); code != 0 {
		t.Fatalf("exit code %d", code)
	}

	l.dieBeyondTheCommit(env)
	gone := l.verify(env)
	gone.demand(t, map[string]int64{})
	if gone.NotJudged["rows_beyond_commit"] == 0 {
		t.Errorf("no row is beyond the commit:\n%s", gone.text)
	}
	l.catchUp(env)
	l.exact()
	l.verify(env).demand(t, map[string]int64{})
}

// dieBeyondTheCommit has a worker killed that has written rows and committed
// nothing.
func (l *logged) dieBeyondTheCommit(env []string) {
	l.t.Helper()
	before := l.count(l.name + ".rows")
	w := startWorker(l.t, append(env, "INGEST_COMMIT_INTERVAL=5m"), "run")
	w.untilReady()
	l.extend(1)
	harness.Eventually(l.t, time.Minute, "the worker writes", func() error {
		if l.count(l.name+".rows") <= before {
			return errors.New("no new row")
		}
		return nil
	})
	w.Kill()
}

// Records that were dead-lettered have not been written, and that is no difference.
func TestVerifyCountsDeadLetters(t *testing.T) {
	t.Parallel()
	const name = "verified_letters"
	s := newScene(t, name, 1, "CREATE TABLE "+name+".rows (k text, a text, n bigint, PRIMARY KEY (k, a))")
	value := register(t, name+"-value", textAndNumber)
	var records []*kgo.Record
	for i := range 20 {
		records = append(records, s.record(fmt.Sprint("k", i), value.encode(t, map[string]any{"a": "a", "n": int64(i)})))
	}
	records[3].Value = []byte("not framed")
	records[7].Value = value.encode(t, map[string]any{"a": strings.Repeat("a", 70_000), "n": int64(7)}) // too long for a key
	produce(t, s.client, records...)
	env := s.env(strings.Replace(simpleMapping(name), "        columns:\n", "        tombstone: ignore\n        columns:\n", 1))
	s.catchUp(env)
	if n := len(s.letters()); n != 2 {
		t.Fatalf("%d dead letters, want 2", n)
	}
	v := s.verify(env)
	v.demand(t, map[string]int64{})
	if v.Rows != 18 || v.Lettered != 2 || v.Unwritable != 1 {
		t.Errorf("%s", v.text)
	}
}

// A topic that is not there, as a misspelt one, is named with what to do.
func TestVerifyOfATopicThatIsMissing(t *testing.T) {
	t.Parallel()
	const name = "verified_missing"
	s := newScene(t, name, 1, simpleTable(name))
	register(t, name+"-value", textAndNumber)
	env := s.env(strings.Replace(simpleMapping(name), "topic: "+name, "topic: "+name+"s", 1))
	w := startWorker(t, env, "verify")
	if code := w.Wait(time.Minute); code != 1 || !strings.Contains(w.Output(), `there is no topic "verified_missings": create it, correct the mapping file`) {
		t.Errorf("exit code %d:\n%s", code, w.Tail())
	}
}

// Without a commit there is nothing to compare with, and verify says so.
func TestVerifyOfAGroupThatHasNoCommit(t *testing.T) {
	t.Parallel()
	const name = "verified_none"
	s := newScene(t, name, 1, simpleTable(name))
	register(t, name+"-value", textAndNumber)
	w := startWorker(t, s.env(simpleMapping(name)), "verify")
	if code := w.Wait(time.Minute); code != 2 || !strings.Contains(w.Output(), "INGEST_KAFKA_GROUP_ID") {
		t.Errorf("exit code %d:\n%s", code, w.Tail())
	}
}

// Where the records say themselves when they were, a late one is no difference, and
// two of one time cannot be judged.
func TestVerifyOfEventTimes(t *testing.T) {
	t.Parallel()
	const name = "verified_events"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	var records []*kgo.Record
	for i := range 40 {
		at := int64(1_700_000_000_000 + i) // of the event, in milliseconds
		switch {
		case i >= 30: // of the time of the record ten before, which is of the same row
			at -= 10
		case i%2 == 1: // late
			at -= 1000
		}
		records = append(records, s.record(fmt.Sprint("k", i%10), value.encode(t, map[string]any{"a": fmt.Sprint("text ", i), "n": at})))
	}
	produce(t, s.client, records...)
	env := s.env(strings.Replace(simpleMapping(name), "        columns_from:", "        timestamp: value.n\n        accept: [event_time_ties]\n        tombstone: ignore\n        columns_from:", 1))
	s.catchUp(env)
	v := s.verify(env)
	v.demand(t, map[string]int64{})
	if v.Rows != 10 || v.NotJudged["cells_tied"] == 0 {
		t.Errorf("%s", v.text)
	}
	apply(t, s, "UPDATE "+name+".rows SET a = 'another' WHERE k = 'k3'")
	s.verify(env).demand(t, map[string]int64{"value": 1})
}
