package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ingest/telemetry"
)

func TestHealthLogsChangesOnly(t *testing.T) {
	log, out := recorder()
	h := telemetry.NewHealth(log, "kafka", "cassandra")
	steps := []struct {
		do   func()
		want []telemetry.Reason
		line string // what is logged
	}{
		{func() {}, []telemetry.Reason{{"cassandra", "starting"}, {"kafka", "starting"}}, ""},
		{func() { h.SetReady("kafka") }, []telemetry.Reason{{"cassandra", "starting"}}, `level=INFO msg="component is ready" component=kafka`},
		{func() { h.SetReady("kafka") }, []telemetry.Reason{{"cassandra", "starting"}}, ""},
		{func() { h.SetNotReady("cassandra", "no host answers") }, []telemetry.Reason{{"cassandra", "no host answers"}}, `level=WARN msg="component is not ready" component=cassandra reason="no host answers"`},
		{func() { h.Report("cassandra", "no host answers") }, []telemetry.Reason{{"cassandra", "no host answers"}}, ""},
		{func() { h.Report("cassandra", "refused") }, []telemetry.Reason{{"cassandra", "refused"}}, `level=WARN msg="component is not ready" component=cassandra reason=refused`},
		{func() { h.Report("cassandra", "") }, []telemetry.Reason{}, `level=INFO msg="component is ready" component=cassandra`},
		{func() { h.SetReady("topic orders") }, []telemetry.Reason{}, ""},
		{func() { h.SetNotReady("topic orders", "") }, []telemetry.Reason{{"topic orders", "not ready"}}, `level=WARN msg="component is not ready" component="topic orders" reason="not ready"`},
	}
	want := ""
	for i, step := range steps {
		step.do()
		if step.line != "" {
			want += step.line + "\n"
		}
		if got := h.NotReady(); !reflect.DeepEqual(got, step.want) {
			t.Errorf("step %d: got %v, want %v", i, got, step.want)
		}
		if out.String() != want {
			t.Errorf("step %d logged\n%swant\n%s", i, out, want)
		}
	}
}

func TestHealthLogsAReasonOncePerOutage(t *testing.T) {
	log, out := recorder()
	h := telemetry.NewHealth(log)
	for port := range 100 {
		h.Report("kafka", fmt.Sprintf("read tcp 127.0.0.1:%d->127.0.0.1:9092: connection reset by peer", 40_000+port))
		h.Report("kafka", "EOF")
	}
	want := `level=WARN msg="component is not ready" component=kafka reason="read tcp 127.0.0.1:40000->127.0.0.1:9092: connection reset by peer"
level=WARN msg="component is not ready" component=kafka reason=EOF
`
	if out.String() != want {
		t.Errorf("logged\n%swant\n%s", out, want)
	}
	h.Report("kafka", "read tcp 127.0.0.1:50000->127.0.0.1:9092: connection reset by peer")
	if got := h.NotReady()[0].Reason; !strings.Contains(got, "50000") {
		t.Errorf("the reason is %q, want the latest", got)
	}
	h.SetReady("kafka")
	h.Report("kafka", "EOF")
	want += "level=INFO msg=\"component is ready\" component=kafka\nlevel=WARN msg=\"component is not ready\" component=kafka reason=EOF\n"
	if out.String() != want {
		t.Errorf("a second outage: logged\n%swant\n%s", out, want)
	}
	for i := range 100 {
		h.Report("kafka", fmt.Sprint("reason ", i))
	}
	if lines := strings.Count(out.String(), "\n"); lines > 4+16 {
		t.Errorf("%d lines after a hundred reasons", lines)
	}
}

func TestHealthBoundsReasons(t *testing.T) {
	log, _ := recorder()
	h := telemetry.NewHealth(log)
	h.SetNotReady("kafka", strings.Repeat("é", 100_000))
	if got := h.NotReady()[0].Reason; got != strings.Repeat("é", 512)+"…" {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestHealthIsSafeForConcurrentUse(t *testing.T) {
	log, out := recorder()
	h := telemetry.NewHealth(log)
	dog := h.Watch("poll loop", time.Hour)
	var all sync.WaitGroup
	for i := range 8 {
		component := fmt.Sprintf("c%d", i)
		all.Go(func() {
			for j := range 200 {
				h.SetNotReady(component, fmt.Sprint(j))
				dog.Beat()
				h.NotReady()
				h.Stuck()
				h.SetReady(component)
			}
		})
	}
	all.Wait()
	if left := h.NotReady(); len(left) != 0 {
		t.Errorf("still not ready: %v", left)
	}
	if got := strings.Count(out.String(), "\n"); got != 8*200*2 {
		t.Errorf("%d lines, want %d", got, 8*200*2)
	}
}

func TestWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, _ := recorder()
		h := telemetry.NewHealth(log)
		poll, commit := h.Watch("poll loop", time.Minute), h.Watch("committer", 10*time.Minute)
		expect := func(when string, want ...telemetry.Reason) {
			t.Helper()
			if got := h.Stuck(); !reflect.DeepEqual(got, append([]telemetry.Reason{}, want...)) {
				t.Errorf("%s: got %v, want %v", when, got, want)
			}
		}
		time.Sleep(time.Hour)
		expect("before the first beat")
		poll.Beat()
		commit.Beat()
		time.Sleep(time.Minute)
		expect("at the limit")
		time.Sleep(time.Second)
		expect("beyond the limit", telemetry.Reason{"poll loop", "no progress for 1m1s"})
		poll.Beat()
		expect("after a beat")
		time.Sleep(11 * time.Minute)
		expect("both", telemetry.Reason{"poll loop", "no progress for 11m0s"}, telemetry.Reason{"committer", "no progress for 12m1s"})
		poll.Rest()
		commit.Rest()
		expect("at rest")
	})
}

func TestLivenessDoesNotDependOnComponents(t *testing.T) {
	log, _ := recorder()
	h := telemetry.NewHealth(log, "kafka", "cassandra")
	h.Watch("poll loop", time.Minute).Beat()
	if stuck := h.Stuck(); len(stuck) != 0 {
		t.Errorf("stuck: %v", stuck)
	}
}

func TestWaitStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, _ := recorder()
		h := telemetry.NewHealth(log)
		start := time.Now()
		h.Watch("poll loop", time.Minute).Beat()
		err := h.WaitStuck(t.Context(), 7*time.Second)
		if !errors.Is(err, telemetry.ErrStuck) || err.Error() != "a loop no longer turns: poll loop: no progress for 1m3s" {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(start); waited != 63*time.Second {
			t.Errorf("waited %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := h.WaitStuck(ctx, 7*time.Second); err != nil {
			t.Errorf("ended by its context: %v", err)
		}
	})
}
