package deadletter

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"ingest/mapping"
	"ingest/retry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "letters"

func sample(value int) Letter {
	return Letter{
		Record: mapping.Record{
			Topic: "orders", Partition: 1, Offset: 99, Timestamp: 1700000000000, SchemaID: 5,
			Key: text("key-1"), Value: bytes.Repeat(text("v"), value),
			Headers: []mapping.Header{{Name: "trace", Value: text("abc")}},
		},
		WriteTimestamp: 1700000000000001,
		Failures:       []*retry.Poison{{Reason: retry.ReasonValue, Table: "shop.orders", Column: "qty"}},
	}
}

func defaults() Config {
	return Config{Topic: topic, Partitions: -1, ReplicationFactor: -1, MaxBytes: 32 << 20}
}

func TestALetterIsTheSourceRecordWithItsEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		l := sample(100)
		outcomes := w.send(t.Context(), l)
		clear(l.Record.Value) // the caller's memory is free once Send has returned
		wantOutcome(t, outcomes, nil)

		r := w.letters(1)[0]
		if string(r.Key) != "key-1" || !bytes.Equal(r.Value, bytes.Repeat(text("v"), 100)) {
			t.Errorf("key %q value %q", r.Key, r.Value)
		}
		e, source, err := Open(r)
		if err != nil {
			t.Fatal(err)
		}
		if e.Topic != "orders" || e.Offset != 99 || e.WriteTimestamp != 1700000000000001 || e.Tables[0] != "shop.orders" || e.WorkerVersion != "1.0.0" {
			t.Errorf("envelope %+v", e)
		}
		if v, ok := source.Header("trace"); !ok || string(v) != "abc" {
			t.Errorf("source header trace = %q, %v", v, ok)
		}
		if age := time.Since(r.Timestamp); age < 0 || age > time.Minute {
			t.Errorf("the letter's own timestamp is %v old, want now", age)
		}
		if got := w.said(); len(got) != 0 {
			t.Errorf("said to wait: %q", got)
		}
	})
}

func TestNullAndEmptyStayApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		null, empty := sample(0), sample(0)
		null.Record.Key, null.Record.Value = nil, nil
		empty.Record.Key, empty.Record.Value = []byte{}, []byte{}
		wantOutcome(t, w.send(t.Context(), null), nil)
		wantOutcome(t, w.send(t.Context(), empty), nil)
		got := w.letters(2)
		if got[0].Key != nil || got[0].Value != nil {
			t.Errorf("null came back as %v, %v", got[0].Key, got[0].Value)
		}
		if got[1].Key == nil || got[1].Value == nil {
			t.Errorf("empty came back as null")
		}
	})
}

// A broker may have written a batch and still answer that it timed out. The
// producer's sequence numbers keep the letter single.
func TestAppliedButTimedOutIsWrittenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		fault := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.RequestTimedOut, Count: 2})
		outcomes := w.send(t.Context(), sample(10))
		wantOutcome(t, outcomes, nil)
		if hits := fault.Hits(); hits != 2 {
			t.Errorf("the fault hit %d times, want 2", hits)
		}
		if n := w.count(); n != 1 {
			t.Errorf("the topic has %d letters, want 1", n)
		}
	})
}

func TestRefusedLettersAreSentUntilTheyAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.TopicAuthorizationFailed, Count: 3})
		outcomes := w.send(t.Context(), sample(10))
		wantOutcome(t, outcomes, nil)
		synctest.Wait()
		said := w.said()
		if len(said) != 2 || !strings.Contains(said[0], "grant the worker Write") || said[1] != "" {
			t.Errorf("said %q, want a hint at the right, then nothing", said)
		}
		if n := strings.Count(w.logged(), "dead letters are waiting"); n != 1 {
			t.Errorf("%d log lines about one outage, want 1", n)
		}
	})
}

func TestAMissingTopicIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults())
		outcomes := w.send(t.Context(), sample(10))
		time.Sleep(time.Minute) // of the bubble's clock
		if said := w.said(); len(said) == 0 || !strings.Contains(said[0], "create the topic") {
			t.Fatalf("said %q, want a hint at the missing topic", said)
		}
		if err := w.cluster.CreateTopic(topic, 1, nil); err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, outcomes, nil)
		synctest.Wait()
		if said := w.said(); said[len(said)-1] != "" {
			t.Errorf("still waiting: %q", said)
		}
	})
}

func TestAStallIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		fault := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.NotEnoughReplicas, Count: -1})
		outcomes := w.send(t.Context(), sample(10))
		time.Sleep(9 * time.Second)
		if said := w.said(); len(said) != 0 {
			t.Errorf("said %q after 9s, want nothing", said)
		}
		time.Sleep(3 * time.Second)
		if said := w.said(); len(said) != 1 || !strings.Contains(said[0], "no acknowledgement for more than 10s") {
			t.Errorf("said %q after 12s", said)
		}
		fault.Remove()
		wantOutcome(t, outcomes, nil)
		synctest.Wait()
		if said := w.said(); len(said) != 2 || said[1] != "" {
			t.Errorf("said %q at the end", said)
		}
	})
}

func TestALetterTooLargeGoesWithoutPayload(t *testing.T) {
	cases := []struct {
		name       string
		value, key int
		payload    Payload
	}{
		{"fits a batch", 100, 5, PayloadWhole},
		{"larger than a batch, not than the topic's limit", 1_200_000, 5, PayloadWhole},
		{"value too large", 3_000_000, 5, PayloadDropped},
		{"key too large as well", 3_000_000, 3_000_000, PayloadDroppedAll},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, defaults(), kfake.SeedTopics(1, topic), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "2000000"}))
				l := sample(0)
				l.Record.Value, l.Record.Key = incompressible(c.value), incompressible(c.key)
				wantOutcome(t, w.send(t.Context(), l), nil)
				r := w.letters(1, kgo.FetchMaxBytes(64<<20), kgo.FetchMaxPartitionBytes(64<<20))[0]
				e, _, err := Open(r)
				if err != nil {
					t.Fatal(err)
				}
				if e.Payload != c.payload {
					t.Errorf("payload %d, want %d", e.Payload, c.payload)
				}
				if whole := bytes.Equal(r.Value, l.Record.Value); whole != (c.payload == PayloadWhole) {
					t.Errorf("value kept: %v", whole)
				}
				if whole := bytes.Equal(r.Key, l.Record.Key); whole != (c.payload != PayloadDroppedAll) {
					t.Errorf("key kept: %v", whole)
				}
			})
		})
	}
}

// A batch that the broker refuses as too large costs none of its letters their
// payload, when each of them fits alone.
func TestNeighboursOfALargeBatchKeepTheirPayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "60000"}))
		var pending []<-chan error
		for range 20 {
			l := sample(0)
			l.Record.Value = incompressible(30_000)
			pending = append(pending, w.send(t.Context(), l))
		}
		for _, outcomes := range pending {
			wantOutcome(t, outcomes, nil)
		}
		for _, r := range w.letters(20) {
			if len(r.Value) != 30_000 {
				t.Fatalf("a letter has %d bytes of value, want 30000", len(r.Value))
			}
		}
	})
}

// incompressible makes bytes that no codec shrinks (xorshift).
func incompressible(n int) []byte {
	out := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x)
	}
	return out
}

func TestDropPayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := defaults()
		cfg.DropPayload = true
		w := newWorld(t, cfg, kfake.SeedTopics(1, topic))
		wantOutcome(t, w.send(t.Context(), sample(10)), nil)
		r := w.letters(1)[0]
		if r.Value != nil || string(r.Key) != "key-1" {
			t.Errorf("key %q value %q, want the key alone", r.Key, r.Value)
		}
	})
}

func TestTheContextsCauseIsTheOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.NotEnoughReplicas, Count: -1})
		revoked := errors.New("revoked")
		ctx, cancel := context.WithCancelCause(t.Context())
		outcomes := w.send(ctx, sample(10))
		time.Sleep(time.Second)
		cancel(revoked)
		wantOutcome(t, outcomes, revoked)
		w.producer.Close()
		if extra := len(outcomes); extra != 0 {
			t.Errorf("done was called %d times more", extra)
		}
	})
}

func TestCloseEndsEveryLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		w.cluster.Fault(
			kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.TopicAuthorizationFailed, Count: -1},
		)
		var pending []<-chan error
		for i := range 8 {
			pending = append(pending, w.send(t.Context(), sample(i*300_000))) // some go alone
		}
		time.Sleep(3 * time.Second)
		w.producer.Close()
		for _, outcomes := range pending {
			if len(outcomes) != 1 {
				t.Fatalf("%d outcomes after Close, want 1", len(outcomes))
			}
			wantOutcome(t, outcomes, ErrClosed)
		}
		wantOutcome(t, w.send(t.Context(), sample(1)), ErrClosed)
	})
}

// Letters without an outcome are bounded in bytes, whoever sends them.
func TestSendBlocksWhileThereIsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults(), kfake.SeedTopics(1, topic))
		fault := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.NotEnoughReplicas, Count: -1})
		var mu sync.Mutex
		sent, acknowledged := 0, 0
		var senders sync.WaitGroup
		senders.Go(func() {
			for range 100 {
				w.producer.Send(t.Context(), sample(900_000), func(error) { mu.Lock(); acknowledged++; mu.Unlock() })
				mu.Lock()
				sent++
				mu.Unlock()
			}
		})
		time.Sleep(time.Second)
		mu.Lock()
		if sent < 30 || sent > 37 { // 32 MiB of 900 kB
			t.Errorf("%d letters are under way, want about 37", sent)
		}
		mu.Unlock()
		fault.Remove()
		senders.Wait()
		w.waitFor(func() bool { mu.Lock(); defer mu.Unlock(); return acknowledged == 100 })
	})
}

// waitFor polls on the bubble's clock.
func (w *world) waitFor(ok func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			w.t.Fatal("it did not come true in a minute")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestConfigReportsEveryFault(t *testing.T) {
	err := Config{Topic: "a b", Partitions: 0, ReplicationFactor: -2, MaxBytes: 1}.Validate()
	for _, name := range []string{"TOPIC", "PARTITIONS", "REPLICATION_FACTOR", "MAX_BYTES"} {
		if err == nil || !strings.Contains(err.Error(), "INGEST_DEAD_LETTER_"+name+":") {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
	if err := defaults().Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}
