package verify

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ingest/retry"
)

func TestWhatAWorkerWroteIsEqual(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(20)
		w.write(w.produce("a", nil))
		w.write(w.produce("b", long(99)))
		w.commit(22)
		r := w.run(w.Context())
		if r.Differing != 0 || r.Rows != 20 || r.Records != 22 || r.Passes != 1 || !r.Complete() || len(r.Notes)+len(r.Unjudged) > 0 {
			w.Errorf("%+v", r)
		}
	})
}

// While rows are read a worker writes a record beyond its commit; the commit comes
// later. Nothing is a difference.
func TestAWorkerThatGoesOnIsNoDifference(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(20)
		at := w.produce("c", long(99))
		w.reading = func(id string, n int) error {
			switch {
			case id == "c" && n == 1:
				w.write(at)
			case id == "c" && n == 3:
				w.commit(at + 1)
			}
			return nil
		}
		r := w.run(w.Context())
		if r.Differing != 0 || r.Rechecked != 1 || r.Rows != 20 || len(r.Unjudged) > 0 {
			w.Errorf("%+v", r)
		}
	})
}

// A record that comes, and is written, between two looks at the log.
func TestARecordThatComesWhileRowsAreReadIsNoDifference(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(20)
		w.reading = func(id string, n int) error {
			if id == "c" && n <= 3 {
				at := w.produce("c", long(100+int64(n)))
				w.write(at)
				w.commit(at + 1)
			}
			return nil
		}
		r := w.run(w.Context())
		if r.Differing != 0 || r.Rechecked != 1 || r.Rows != 20 {
			w.Errorf("%+v", r)
		}
	})
}

// A worker that died between a write and its commit leaves a row that nobody can
// judge.
func TestARowBeyondTheCommitIsCounted(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(5)
		w.write(w.produce("c", long(99)))
		for range 20 {
			w.produce("d", long(99))
		}
		deps, beyond := w.deps(), int64(0)
		deps.Progress = func(phase string, done, _ int64) {
			if phase == PhaseBeyond {
				beyond = max(beyond, done)
			}
		}
		r, err := Run(w.Context(), w.cfg, deps)
		if err != nil {
			w.Fatal(err)
		}
		if r.Differing != 0 || r.Unjudged[ReasonBeyond] != 1 || r.Rows != 4 {
			w.Errorf("%+v", r)
		}
		if beyond != 1 {
			w.Errorf("%d records beyond the commit were read, where the first says enough", beyond)
		}
	})
}

// A difference is told although records beyond the commit are about other rows.
func TestADifferenceBesideARunningWorker(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(5)
		w.produce("a", long(99))
		w.plant("c", mutation{stamp: w.clock.Last + 1, delete: true})
		r := w.run(w.Context())
		if r.Differing != 1 || r.Differences[Missing] != 1 || r.Details[0].Offset != 2 || r.Details[0].Topic != orders {
			w.Errorf("%+v", r)
		}
	})
}

func TestNoPayloadIsTold(t *testing.T) {
	inWorld(t, func(w *world) {
		w.write(w.produce("secret-key", []byte("sec-data")))
		w.plant("secret-key", mutation{stamp: w.clock.Last + 1, set: [2]bool{true}, data: [2][]byte{[]byte("sec-fake")}})
		w.commit(1)
		told := func() string {
			text, err := json.Marshal(w.run(w.Context()))
			if err != nil {
				w.Fatal(err)
			}
			return string(text)
		}
		if text := told(); strings.Contains(text, "secret") || strings.Contains(text, "8315161333618275425") || !strings.Contains(text, `"kind":"value"`) {
			w.Errorf("told: %s", text)
		}
		w.cfg.ShowKeys, w.cfg.ShowValues = true, true
		if text := told(); !strings.Contains(text, "secret-key") || !strings.Contains(text, `"want_value":"8315161333618275425"`) {
			w.Errorf("asked for, but not told: %s", text)
		}
	})
}

// With little memory the log is read more often, and each row is compared once.
func TestLittleMemory(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(20)
		w.plant("f", mutation{stamp: w.clock.Last + 1, delete: true})
		w.cfg.MemoryBytes = 3000
		r := w.run(w.Context())
		if r.Passes < 3 || r.Rows != 20 || r.Differing != 1 || !r.Complete() {
			w.Errorf("%+v", r)
		}
	})
}

func TestOneKeyOnly(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(20)
		w.cfg.Key = []byte("f")
		if r := w.run(w.Context()); r.Rows != 1 || r.Differing != 0 || w.reads["f"] != 1 {
			w.Errorf("%+v", r)
		}
	})
}

// What was written before --since is not judged.
func TestSince(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(20)
		time.Sleep(90 * time.Minute) // less than two lookbacks: the records before are read for the clock alone
		since := time.Now()
		at := w.produce("b", long(99))
		w.write(at)
		w.commit(at + 1)
		w.plant("c", mutation{stamp: w.clock.Last + 1, delete: true})
		w.cfg.Since = since
		r := w.run(w.Context())
		if r.Rows != 1 || r.Differing != 0 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "from a later offset than 0") {
			w.Errorf("%+v", r)
		}
	})
}

func TestTimeLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(20)
		ctx, cancel := context.WithTimeoutCause(w.Context(), time.Minute, ErrTimeLimit)
		defer cancel()
		w.reading = func(id string, n int) error {
			if id > "f" {
				<-ctx.Done()
				return context.Cause(ctx) // as a read does
			}
			return nil
		}
		r := w.run(ctx)
		if r.Complete() || r.Rows+r.Unjudged[ReasonTime] != 20 || r.Rows > 6 {
			w.Errorf("%+v", r)
		}
	})
}

func TestWhatKeepsItFromComparing(t *testing.T) {
	inWorld(t, func(w *world) {
		w.produce("a", long(1))
		if _, err := Run(w.Context(), w.cfg, w.deps()); !errors.Is(err, ErrNoCommit) {
			w.Errorf("a group without a commit: %v", err)
		}
		w.write(0)
		w.commit(1)
		w.reading = func(string, int) error {
			return &retry.Error{Class: retry.Transient, Err: errors.New("no answer")}
		}
		if r := w.run(w.Context()); r.Complete() || r.Unjudged[ReasonUnread] != 1 {
			w.Errorf("a row that cannot be read: %+v", r)
		}
		denied := &retry.Error{Class: retry.Configuration, Err: errors.New("grant SELECT")}
		w.reading = func(string, int) error { return denied }
		if _, err := Run(w.Context(), w.cfg, w.deps()); !errors.Is(err, denied) {
			w.Errorf("a table that nobody may read: %v", err)
		}
	})
}

// A record that stands in the dead-letter topic has not been written.
func TestDeadLetters(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(3)
		w.produce("a", long(98))
		w.produce("b", long(99))
		w.write(4) // replayed, but not marked
		w.produce("x", long(99))
		w.commit(6)
		deps := w.deps()
		deps.Letters = func(context.Context) (map[Place][]string, error) {
			return map[Place][]string{{orders, 0, 3}: {"shop.orders"}, {orders, 0, 4}: nil, {orders, 0, 2}: {"shop.other"}, {orders, 0, 5}: nil}, nil
		}
		r, err := Run(w.Context(), w.cfg, deps)
		if err != nil {
			w.Fatal(err)
		}
		if r.Differing != 0 || r.Lettered != 4 || r.Unjudged[ReasonLetter] != 1 || r.Rows != 3 {
			w.Errorf("%+v", r)
		}
	})
}

// A record that is dead-lettered while rows are compared is no difference; what
// else differs is.
func TestADeadLetterThatComesMeanwhile(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(3)
		w.produce("a", long(98))
		w.produce("b", long(99))
		w.commit(5)
		deps, asked := w.deps(), 0
		deps.Letters = func(context.Context) (map[Place][]string, error) {
			if asked++; asked == 1 {
				return nil, nil
			}
			return map[Place][]string{{orders, 0, 3}: {"shop.orders"}, {orders, 0, 4}: {"shop.other"}}, nil
		}
		r, err := Run(w.Context(), w.cfg, deps)
		if err != nil {
			w.Fatal(err)
		}
		if r.Differing != 1 || r.Differences[Stale] != 1 || r.Details[0].Offset != 4 || r.Unjudged[ReasonLetter] != 1 {
			w.Errorf("%+v", r)
		}
	})
}

// A topic that was created again is no reason to wait for its old records.
func TestACommitBeyondTheLog(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(3)
		w.clocks = append(w.clocks, 1, 2, 3)
		w.commit(6)
		r := w.run(w.Context())
		if r.Rows != 0 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "orders/0: the commit is beyond the end of the log") {
			w.Errorf("%+v", r)
		}
	})
}

func TestNotesNameAFewPartitions(t *testing.T) {
	var n notes
	for id := range int32(20) {
		n.add(topicPartition{"orders", 19 - id}, "so and so")
		n.add(topicPartition{"orders", 3}, "otherwise")
	}
	n.general("in general")
	n.general("in general")
	want := []string{"orders/0,1,2,3,4,5,6,7 and 12 more: so and so", "orders/3: otherwise", "in general"}
	if got := n.sentences(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A commit that another tool set, or another clock, is told of.
func TestNotesOnCommits(t *testing.T) {
	inWorld(t, func(w *world) {
		w.backlog(3)
		w.clocks[2] += 5
		w.commit(3)
		r := w.run(w.Context())
		if r.Differing != 0 || r.Unjudged[ReasonClock] != 3 || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "ahead") }) {
			w.Errorf("%+v", r)
		}
	})
}
