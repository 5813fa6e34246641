//go:build stack

package test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// numbered gives records key-0, key-1, ... spread over a scene's partitions.
func (s *scene) numbered(value *subject, from, to int) []*kgo.Record {
	s.t.Helper()
	var records []*kgo.Record
	for i := from; i < to; i++ {
		r := s.record(fmt.Sprint("key-", i), value.encode(s.t, map[string]any{"a": "text", "n": int64(i)}))
		r.Partition = int32(i) % s.partitions
		records = append(records, r)
	}
	return records
}

func (s *scene) demandCount(table string, want int) {
	s.t.Helper()
	if rows := s.count(table); rows != want {
		s.t.Errorf("%d rows in %s, want %d", rows, table, want)
	}
}

// rebalances gives how often partitions came or went.
func (w *worker) rebalances() float64 {
	total := 0.0
	for _, s := range w.scrape("ingest_rebalances_total") {
		total += s.value
	}
	return total
}

// A static member that is killed and comes back within the session timeout gets
// its partitions again, and no other member notices.
func TestStaticMemberComesBack(t *testing.T) {
	t.Parallel()
	const name = "static"
	s := newScene(t, name, 4, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	produce(t, s.client, s.numbered(value, 0, 400)...)
	member := func(id string) *worker {
		return startWorker(t, s.env(simpleMapping(name), "INGEST_KAFKA_INSTANCE_ID="+id, "INGEST_KAFKA_SESSION_TIMEOUT=60s"), "run")
	}
	first, second := member("a"), member("b")
	for _, w := range []*worker{first, second} {
		w.untilReady()
		harness.Eventually(t, time.Minute, "each member has two partitions", func() error { return w.assigned(2) })
	}
	harness.Eventually(t, time.Minute, "everything is committed", s.lagging)
	before := second.rebalances()
	first.Kill()
	produce(t, s.client, s.numbered(value, 400, 800)...)
	again := member("a")
	again.untilReady()
	harness.Eventually(t, time.Minute, "what was produced meanwhile is committed", s.lagging)
	if err := again.assigned(2); err != nil {
		t.Error(err)
	}
	if after := second.rebalances(); after != before {
		t.Errorf("the other member saw %v changes of its partitions", after-before)
	}
	s.demandCount(name+".rows", 800)
}

// assigned gives an error unless the worker has so many partitions.
func (w *worker) assigned(n int) error {
	for _, s := range w.scrape("ingest_partitions_assigned") {
		if int(s.value) == n {
			return nil
		}
	}
	return fmt.Errorf("it has not %d partitions", n)
}

// Two workers with one instance id: the older one is fenced, ends, and says why.
func TestFencedMemberEnds(t *testing.T) {
	t.Parallel()
	const name = "fenced"
	s := newScene(t, name, 2, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	env := s.env(simpleMapping(name), "INGEST_KAFKA_INSTANCE_ID=only")
	older := startWorker(t, env, "run")
	produce(t, s.client, s.numbered(value, 0, 100)...)
	harness.Eventually(t, time.Minute, "the older one is at work", s.lagging)
	younger := startWorker(t, env, "run")
	if code := older.Wait(time.Minute); code != 1 {
		t.Errorf("the older one ended with exit code %d, want 1", code)
	}
	if !strings.Contains(older.Output(), "another member uses this INGEST_KAFKA_INSTANCE_ID") {
		t.Errorf("the older one does not say why it ended:\n%s", older.Tail())
	}
	produce(t, s.client, s.numbered(value, 100, 200)...)
	harness.Eventually(t, time.Minute, "the younger one goes on", s.lagging)
	younger.running()
	s.demandCount(name+".rows", 200)
	s.noLetters()
}

// Aborted records are never seen, markers at the end of the log leave no lag, and
// neither advances the clock.
func TestTransactions(t *testing.T) {
	t.Parallel()
	const name = "transactions"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	producer := kafka(t, kgo.TransactionalID(name))
	number := 0
	for _, commit := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit, kgo.TryAbort} {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		records := s.numbered(value, number, number+10)
		number += 10
		for _, r := range records {
			r.Timestamp = at
		}
		produce(t, producer, records...)
		if err := producer.EndTransaction(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	w := startWorker(t, s.env(simpleMapping(name)), "run")
	harness.Eventually(t, time.Minute, "the lag is 0, behind the last marker", s.lagging)
	harness.Eventually(t, time.Minute, "the worker says so", func() error { return w.lagSeries(name, 1) })
	s.demandCount(name+".rows", 20)
	for i, key := range []int{0, 9, 20, 29} {
		var stamp int64
		want := at.UnixMicro() + []int64{0, 9, 10, 19}[i]
		if !s.scan(fmt.Sprintf("SELECT writetime(n) FROM %s.rows WHERE k = 'key-%d'", name, key), &stamp) || stamp != want {
			t.Errorf("key-%d was written at %d, want %d", key, stamp, want)
		}
	}
	s.noLetters()
}

// held gives an error unless partitions are held for a reason.
func (w *worker) held(reason string, n int) error {
	for _, s := range w.scrape("ingest_partitions_held") {
		if s.label("reason") == reason && int(s.value) == n {
			return nil
		}
	}
	return fmt.Errorf("%d partitions are not held for %s: %v", n, reason, w.scrape("ingest_partitions_held"))
}

// A compressed batch that grows larger than the bound holds its partition; the
// other goes on, and a raised bound lets everything through.
func TestOversizedBatch(t *testing.T) {
	t.Parallel()
	const name = "oversized"
	s := newScene(t, name, 2, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	producer := kafka(t, kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.ProducerBatchMaxBytes(8<<20), kgo.ProducerLinger(time.Second))
	var records []*kgo.Record
	for i := range 300 {
		r := s.record(fmt.Sprint("key-", i), value.encode(t, map[string]any{"a": strings.Repeat("text ", 2000), "n": int64(i)}))
		r.Partition = 1
		records = append(records, r)
	}
	produce(t, producer, records...)
	produce(t, s.client, s.numbered(value, 1000, 1100)[:1]...)
	env := s.env(simpleMapping(name))
	w := startWorker(t, append(env, "INGEST_KAFKA_DECOMPRESS_MAX_BYTES=1048576"), "run")
	w.untilUnready(name+"/1", "INGEST_KAFKA_DECOMPRESS_MAX_BYTES")
	if err := w.held("batch_too_large", 1); err != nil {
		t.Error(err)
	}
	harness.Eventually(t, time.Minute, "the other partition goes on", func() error {
		at, err := commits(t.Context(), s.admin, name, name, 2)
		if err != nil || at[0] != 1 {
			return fmt.Errorf("commits %v, %w", at, err)
		}
		return nil
	})
	w.Kill()
	s.catchUp(env)
	s.demandCount(name+".rows", 301)
	s.noLetters()
}

// A topic that is deleted and created again is another one: the worker holds it
// and says so, and a restart reads it from the beginning.
func TestRecreatedTopic(t *testing.T) {
	t.Parallel()
	const name = "recreated"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	env := s.env(simpleMapping(name))
	produce(t, s.client, s.numbered(value, 0, 100)...)
	w := startWorker(t, env, "run")
	harness.Eventually(t, time.Minute, "the old topic is read", s.lagging)
	s.recreateTopic(name)
	harness.Eventually(t, time.Minute, "a record is in the new topic", func() error {
		// A broker tells of the new topic a moment before it takes records for it.
		return kafka(t).ProduceSync(t.Context(), s.numbered(value, 100, 101)...).FirstErr()
	})
	produce(t, kafka(t), s.numbered(value, 101, 150)...)
	w.untilUnready(name+"/0", "deleted and created again")
	if err := w.held("topic_recreated", 1); err != nil {
		t.Error(err)
	}
	w.Kill()
	s.catchUp(env)
	s.demandCount(name+".rows", 150)
}

// recreateTopic deletes a topic, creates it again with one partition, and waits
// until the broker knows the new one: until then it takes records for the old.
func (s *scene) recreateTopic(name string) {
	s.t.Helper()
	id := func() (kadm.TopicID, error) {
		topics, err := s.admin.ListTopics(s.t.Context(), name)
		if err != nil {
			return kadm.TopicID{}, err
		}
		return topics[name].ID, topics[name].Err
	}
	old, err := id()
	if err != nil {
		s.t.Fatal(err)
	}
	if resp, err := s.admin.DeleteTopic(s.t.Context(), name); err != nil || resp.Err != nil {
		s.t.Fatal(err, resp.Err)
	}
	harness.Eventually(s.t, time.Minute, "the topic is created again", func() error {
		_, err := s.admin.CreateTopic(s.t.Context(), 1, 1, nil, name)
		return err
	})
	harness.Eventually(s.t, time.Minute, "the broker knows the new topic", func() error {
		if now, err := id(); err != nil || now == old {
			return fmt.Errorf("topic id %v, it was %v: %w", now, old, err)
		}
		return nil
	})
}

// A commit that retention has overtaken holds its partition and never jumps; it
// goes on from where an operator says.
func TestOutOfRangeCommit(t *testing.T) {
	t.Parallel()
	const name = "overtaken"
	s := newScene(t, name, 2, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	env := s.env(simpleMapping(name))
	produce(t, s.client, s.numbered(value, 0, 200)...)
	s.catchUp(env)
	produce(t, s.client, s.numbered(value, 200, 400)...)
	l := logged{scene: s}
	l.trim([]int64{0, 150})

	w := startWorker(t, env, "run")
	w.untilUnready(name+"/1", "no longer in the log", "kafka-consumer-groups")
	if err := w.held("out_of_range", 1); err != nil {
		t.Error(err)
	}
	harness.Eventually(t, time.Minute, "the other partition goes on", func() error {
		at, err := commits(t.Context(), s.admin, name, name, 2)
		if err != nil || at[0] != 200 || at[1] != 100 {
			return fmt.Errorf("commits %v, %w", at, err)
		}
		return nil
	})
	w.Signal(syscall.SIGTERM) // a killed one would be a member until its session ends
	if code := w.Wait(time.Minute); code != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0", code)
	}
	l.commitAs(name, []int64{200, 150})
	s.catchUp(env)
	s.demandCount(name+".rows", 350)
}

// Records that are deleted before a slow worker comes to read them are counted
// and told, or hold their partition: they are never skipped in silence.
func TestRetentionOvertakesTheWorker(t *testing.T) {
	t.Parallel()
	const name = "too_slow"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	text := strings.Repeat("text", 5000)
	var records []*kgo.Record
	for i := range 3000 {
		records = append(records, s.record(fmt.Sprint("key-", i), value.encode(t, map[string]any{"a": text, "n": int64(i)})))
	}
	produce(t, s.client, records...)
	w := startWorker(t, s.env(simpleMapping(name), "INGEST_IN_FLIGHT_ROWS_PER_SECOND=50"), "run")
	harness.Eventually(t, time.Minute, "the worker is at work", func() error {
		if rows := s.count(name + ".rows"); rows == 0 {
			return fmt.Errorf("no rows yet")
		}
		return nil
	})
	l := logged{scene: s}
	l.trim([]int64{2990})
	w.untilUnready(name+"/0", "no longer in the log")
	if err := w.held("out_of_range", 1); err != nil {
		t.Error(err)
	}
}
