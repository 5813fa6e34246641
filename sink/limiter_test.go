package sink

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// take acquires what is free at once; it fails when it would have to wait.
func take(t *testing.T, l *limiter, nodes ...*node) *node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	n, err := l.acquire(ctx, nodes)
	if err != nil {
		return nil
	}
	return n
}

func TestLimiterBoundsAndSpreads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(2, time.Now)
		a, b := &node{id: "a"}, &node{id: "b"}
		count := map[*node]int{}
		for range 4 {
			count[take(t, l, a, b)]++
		}
		if count[a] != 2 || count[b] != 2 {
			t.Fatalf("%d and %d requests, want 2 each", count[a], count[b])
		}
		if n := take(t, l, a, b); n != nil {
			t.Fatal("a fifth request found room")
		}
		l.release(b, outcomeGood)
		if n := take(t, l, a); n != nil {
			t.Fatal("room on b was given to a request for a")
		}
		if n := take(t, l, a, b); n != b {
			t.Fatal("the free node was not found")
		}
	})
}

func TestLimiterServesInOrderAndPassesBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1, time.Now)
		a, b := &node{id: "a"}, &node{id: "b"}
		take(t, l, a)
		take(t, l, b)
		got := make(chan string, 3)
		for _, w := range []struct {
			name string
			on   *node
		}{{"first on a", a}, {"second on a", a}, {"on b", b}} {
			go func() {
				if _, err := l.acquire(t.Context(), []*node{w.on}); err == nil {
					got <- w.name
				}
			}()
			synctest.Wait()
		}
		for _, step := range []struct {
			free *node
			want string
		}{{b, "on b"}, {a, "first on a"}, {a, "second on a"}} {
			l.release(step.free, outcomeNone)
			if name := <-got; name != step.want {
				t.Errorf("%s was served, want %s", name, step.want)
			}
		}
	})
}

func TestLimiterWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1, time.Now)
		a := &node{id: "a"}
		take(t, l, a)
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("partition lost")
		ended := make(chan error)
		go func() {
			_, err := l.acquire(ctx, []*node{a})
			ended <- err
		}()
		synctest.Wait()
		cancel(cause)
		if err := <-ended; !errors.Is(err, cause) {
			t.Errorf("got %v, want the cause", err)
		}
		l.release(a, outcomeNone)
		if take(t, l, a) != a {
			t.Error("the room was given to a request that had gone")
		}
	})
}

func TestLimiterAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(16, time.Now)
		a := &node{id: "a"}
		round := func(o outcome) { take(t, l, a); l.release(a, o) }
		round(outcomeGood)
		if a.limit != 16 {
			t.Fatalf("limit %v, want 16: never above the configured one", a.limit)
		}
		time.Sleep(time.Hour)
		round(outcomeOverload)
		round(outcomeOverload)
		if a.limit != 8 {
			t.Fatalf("limit %v, want 8: one cut for one window", a.limit)
		}
		time.Sleep(time.Second)
		round(outcomeOverload)
		if a.limit != 4 {
			t.Fatalf("limit %v, want 4", a.limit)
		}
		for range 10 {
			time.Sleep(time.Second)
			round(outcomeOverload)
		}
		if a.limit != 1 {
			t.Fatalf("limit %v, want 1: never below", a.limit)
		}
		for range 3 {
			round(outcomeGood)
		}
		if a.limit < 2 || a.limit > 4 {
			t.Errorf("limit %v after three successes, want a slow growth to 2 or 3", a.limit)
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{rate: 1000, now: time.Now}
		start := time.Now()
		for range 50 {
			if err := p.wait(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
		}
		// 5000 rows at 1000 a second, the last 100 and a burst of 100 not waited for.
		if took := time.Since(start); took != 4800*time.Millisecond {
			t.Errorf("took %v, want 4.8s", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.wait(ctx, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
		unlimited := pace{now: time.Now}
		if err := unlimited.wait(ctx, 1<<30); err != nil {
			t.Errorf("no limit waits: %v", err)
		}
	})
}
