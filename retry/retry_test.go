package retry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestBoundsDoubleUpToTheMost(t *testing.T) {
	b := Backoff{Config: Config{Min: 50 * time.Millisecond, Max: 300 * time.Millisecond}}
	var bounds []time.Duration
	for range 5 {
		bounds = append(bounds, b.Bound())
		b.Next()
	}
	want := []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond, 300 * time.Millisecond}
	if !slices.Equal(bounds, want) {
		t.Errorf("bounds %v, want %v", bounds, want)
	}
	if b.Attempts() != 5 {
		t.Errorf("%d attempts, want 5", b.Attempts())
	}
	if b.Reset(); b.Bound() != 50*time.Millisecond || b.Attempts() != 0 {
		t.Errorf("after a reset: bound %v after %d attempts", b.Bound(), b.Attempts())
	}
}

// No wait is negative or above its bound, however many attempts there were.
func TestWaitsStayWithinTheirBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{Config: Config{
			Min: time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "min")),
			Max: time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "max")),
		}}
		for range rapid.IntRange(1, 200).Draw(t, "attempts") {
			bound := b.Bound()
			if bound > b.Max {
				t.Fatalf("bound %v is above %v", bound, b.Max)
			}
			if wait := b.Next(); wait < 0 || wait > bound {
				t.Fatalf("wait %v is not within %v", wait, bound)
			}
		}
	})
}

// Full jitter spreads: waits of one bound are neither all alike nor all large.
func TestWaitsSpread(t *testing.T) {
	low, high := 0, 0
	for range 1000 {
		b := Backoff{Config: Config{Min: time.Second, Max: time.Second}}
		if b.Next() < 500*time.Millisecond {
			low++
		} else {
			high++
		}
	}
	if low < 300 || high < 300 {
		t.Errorf("%d waits in the lower half, %d in the upper", low, high)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stopped)
		b := Backoff{Config: Config{Min: time.Hour, Max: time.Hour}}
		if err := b.Wait(ctx); !errors.Is(err, stopped) {
			t.Errorf("Wait = %v, want the context's cause", err)
		}
		start := time.Now()
		if err := b.Wait(t.Context()); err != nil || time.Since(start) > time.Hour {
			t.Errorf("Wait = %v after %v", err, time.Since(start))
		}
	})
}

func TestOrDefault(t *testing.T) {
	if got := (Config{}).OrDefault(); got != (Config{Min: 50 * time.Millisecond, Max: 15 * time.Second}) {
		t.Errorf("the default is %+v", got)
	}
	set := Config{Max: time.Minute}
	if got := set.OrDefault(); got != set {
		t.Errorf("%+v became %+v", set, got)
	}
}

// What nobody classified is waited for and never lost.
func TestClassOf(t *testing.T) {
	inner := &Error{Class: Oversized, Err: errors.New("too big")}
	for _, tc := range []struct {
		err  error
		want Class
	}{
		{inner, Oversized},
		{fmt.Errorf("writing: %w", inner), Oversized},
		{errors.New("unheard of"), Transient},
		{nil, Transient},
	} {
		if got := ClassOf(tc.err); got != tc.want {
			t.Errorf("ClassOf(%v) = %v, want %v", tc.err, got, tc.want)
		}
	}
	if !errors.Is(fmt.Errorf("writing: %w", inner), inner.Err) {
		t.Error("the cause is hidden")
	}
}

func TestClassesHaveNamesOfTheirOwn(t *testing.T) {
	names := map[string]bool{}
	for class := Transient; class <= Configuration; class++ {
		names[class.String()] = true
	}
	if len(names) != 7 {
		t.Errorf("names repeat: %v", names)
	}
	if got := Class(200).String(); got != "class(200)" {
		t.Errorf("an unknown class is called %q", got)
	}
}

func TestPoisonSaysWhere(t *testing.T) {
	p := &Poison{Reason: ReasonValue, Table: "shop.orders", Column: "total", Path: "value.total", Err: errors.New("out of range")}
	if got, want := p.Error(), "value table=shop.orders column=total path=value.total: out of range"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (&Poison{Reason: ReasonFraming}).Error(); got != "framing" {
		t.Errorf("%q", got)
	}
}
