package pipeline

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A transaction that nobody ends keeps later records from being read, and Kafka
// gives no error for it: the gauge grows, and is back at zero when it ends.
func TestAHangingTransactionIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		var m *measured
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { m = newMeasured(d) })
		b.produce(0, time.Now().UnixMilli(), "a")
		eventually(t, "the first record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		end := b.openTransaction("open")
		b.produce(0, time.Now().UnixMilli(), "b")
		time.Sleep(5 * time.Minute)
		open := m.sum(t, "ingest.transaction.open")
		if open < 4.5*60 || open > 5*60 {
			t.Errorf("open for %v s after 5 minutes", open)
		}
		if at, _ := b.commit(0); at != 1 {
			t.Errorf("committed %d, beyond the open transaction", at)
		}
		end()
		eventually(t, "everything is committed", func() bool { at, _ := b.commit(0); return at == 4 })
		time.Sleep(watchInterval)
		if open := m.sum(t, "ingest.transaction.open"); open != 0 {
			t.Errorf("open for %v s after its end", open)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// openTransaction writes a record in a transaction and gives what commits it.
func (b *broker) openTransaction(value string) (end func()) {
	b.t.Helper()
	client, err := kgo.NewClient(append(b.reach[:len(b.reach):len(b.reach)], kgo.TransactionalID("open"), kgo.TransactionTimeout(10*time.Minute))...)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := client.BeginTransaction(); err != nil {
		b.t.Fatal(err)
	}
	if err := client.ProduceSync(b.t.Context(), &kgo.Record{Topic: testTopic, Value: []byte(value)}).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
	return func() {
		defer client.Close()
		if err := client.EndTransaction(b.t.Context(), kgo.TryCommit); err != nil {
			b.t.Error(err)
		}
	}
}

// A transaction is told of once, when it is older than any that ends by itself.
func TestWhenATransactionIsOpenTooLong(t *testing.T) {
	a := &alarms{}
	var logged bytes.Buffer
	p := &partition{shared: &shared{log: slog.New(slog.NewTextHandler(&logged, nil))}, topic: testTopic}
	start := time.Unix(1_700_000_000, 0)
	at := func(stable int64, age time.Duration) {
		a.blocked = map[*partition]blocked{p: a.standing(p, stable, start.Add(age))}
	}
	for _, step := range []struct {
		stable int64
		age    time.Duration
		told   int
	}{
		{7, 0, 0}, {7, openTooLong - time.Second, 0}, {7, openTooLong, 1}, {7, 2 * openTooLong, 1},
		{8, 2 * openTooLong, 1}, {8, 3*openTooLong - time.Second, 1}, {8, 3 * openTooLong, 2},
	} {
		at(step.stable, step.age)
		if n := strings.Count(logged.String(), "open for long"); n != step.told {
			t.Errorf("told %d times at offset %d after %v, want %d", n, step.stable, step.age, step.told)
		}
	}
}

// A compacted topic may lose a tombstone before a worker that is later than
// delete.retention.ms has read it.
func TestDeletesAtRisk(t *testing.T) {
	for policy, want := range map[string]int64{"compact": 1, "compact,delete": 1, "delete": 0} {
		t.Run(policy, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, 1)
				b.configure(map[string]string{"cleanup.policy": policy, "delete.retention.ms": "60000"})
				var m *measured
				release := make(chan struct{})
				w := b.start(&memory{hold: func(write) <-chan struct{} { return release }}, &drawer{}, func(d *Deps) { m = newMeasured(d) })
				b.produce(0, time.Now().UnixMilli(), "a")
				time.Sleep(50 * time.Second)
				if n := m.sum(t, "ingest.partitions.deletes_at_risk"); n != 0 {
					t.Errorf("%v partitions at risk before delete.retention.ms", n)
				}
				time.Sleep(30 * time.Second)
				if n := m.sum(t, "ingest.partitions.deletes_at_risk"); n != want {
					t.Errorf("%v partitions at risk, want %v", n, want)
				}
				close(release)
				eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
				time.Sleep(watchInterval)
				if n := m.sum(t, "ingest.partitions.deletes_at_risk"); n != 0 {
					t.Errorf("%v partitions at risk when everything is read", n)
				}
				if err := w.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func (b *broker) configure(settings map[string]string) {
	b.t.Helper()
	var alter []kadm.AlterConfig
	for name, value := range settings {
		alter = append(alter, kadm.AlterConfig{Name: name, Value: &value})
	}
	if _, err := b.admin.AlterTopicConfigs(b.t.Context(), alter, testTopic); err != nil {
		b.t.Fatal(err)
	}
}

// What is read so late that retention comes near is shown as a share of it, and is
// no matter once the partition has caught up.
func TestRetentionThatComesNear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		week := "604800000"
		if _, err := b.admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &week}}, testTopic); err != nil {
			t.Fatal(err)
		}
		b.produce(0, time.Now().Add(-84*time.Hour).UnixMilli(), "a", "b") // half a week
		release := make(chan struct{})
		sink := &memory{hold: func(w write) <-chan struct{} { return release }}
		var m *measured
		w := b.start(sink, &drawer{}, func(d *Deps) { m = newMeasured(d) })
		eventually(t, "both are under way", func() bool { return len(sink.all()) == 2 })
		time.Sleep(2 * watchInterval)
		if used := m.gauge(t, "ingest.retention.used"); used < 0.49 || used > 0.51 {
			t.Errorf("%v of the retention is used, want a half", used)
		}
		close(release)
		eventually(t, "all is committed", func() bool { at, _ := b.commit(0); return at == 2 })
		time.Sleep(2 * watchInterval)
		if used := m.gauge(t, "ingest.retention.used"); used != 0 {
			t.Errorf("%v of the retention is used by a partition that has caught up", used)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestSettingsOfRetention(t *testing.T) {
	for setting, want := range map[string]time.Duration{"604800000": 7 * 24 * time.Hour, "0": 0, "-1": -1, "": -1, "9223372036854775807": -1} {
		known := map[string]time.Duration{}
		note(known, "t", setting, true)
		if got, ok := known["t"]; ok != (want >= 0) || ok && got != want {
			t.Errorf("retention %q is %v (known: %v), want %v", setting, got, ok, want)
		}
	}
}
