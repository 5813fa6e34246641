package deadletter

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"ingest/retry"
)

func TestSummaryCountsByGroup(t *testing.T) {
	noon := time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)
	var s Summary
	add := func(topic string, minute int, replayed bool, tables ...string) {
		s.Add(&Stored{At: noon.Add(time.Duration(minute) * time.Minute), Replayed: replayed,
			Envelope: Envelope{Topic: topic, Tables: tables, Reasons: []retry.Reason{retry.ReasonValue}}})
	}
	add("orders", 5, false, "shop.a", "shop.b")
	add("orders", 3, true, "shop.a", "shop.b")
	add("orders", 4, false)
	add("events", 9, false, "shop.a")
	none := errors.New("none")
	s.Add(&Stored{Place: Place{"letters", 0, 7}, Fault: none})
	s.Add(&Stored{Place: Place{"letters", 0, 8}, Fault: errors.New("another")})

	want := []Count{
		{Group{"events", "shop.a", "value"}, 1, 0, noon.Add(9 * time.Minute), noon.Add(9 * time.Minute)},
		{Group{"orders", "*", "value"}, 1, 0, noon.Add(4 * time.Minute), noon.Add(4 * time.Minute)},
		{Group{"orders", "shop.a,shop.b", "value"}, 2, 1, noon.Add(3 * time.Minute), noon.Add(5 * time.Minute)},
	}
	if got := s.Counts(); !slices.Equal(got, want) {
		t.Errorf("counts\n%+v, want\n%+v", got, want)
	}
	if s.Letters != 4 || s.Replayed != 1 || s.Foreign != 2 || s.FirstForeign.Offset != 7 || !errors.Is(s.FirstFault, none) {
		t.Errorf("totals %+v", s)
	}
}

func TestSummaryIsBounded(t *testing.T) {
	var s Summary
	for i := range maxGroups + 500 {
		s.Add(&Stored{Envelope: Envelope{Topic: fmt.Sprint("t", i)}})
	}
	counts := s.Counts()
	var letters int64
	for _, c := range counts {
		letters += c.Letters
	}
	if len(counts) != maxGroups+1 || letters != maxGroups+500 {
		t.Errorf("%d groups of %d letters", len(counts), letters)
	}
}
