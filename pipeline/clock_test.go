package pipeline

import (
	"testing"

	"pgregory.net/rapid"
)

func TestClockTicks(t *testing.T) {
	const floor = 1_600_000_000_000_000
	for _, tc := range []struct {
		name   string
		clock  clock
		record int64
		want   int64
	}{
		{"a later record sets the clock", clock{last: 5_000}, 1_700_000_000_000, 1_700_000_000_000_000},
		{"an equal record moves it by one", clock{last: 1_700_000_000_000_000}, 1_700_000_000_000, 1_700_000_000_000_001},
		{"an earlier record moves it by one", clock{last: 1_700_000_000_000_500}, 1_600_000_000_000, 1_700_000_000_000_501},
		{"no timestamp moves it by one", clock{last: 7}, -1, 8},
		{"zero counts as none", clock{last: 7}, 0, 8},
		{"the last moment before 2100", clock{}, 4_102_444_800_000, 4_102_444_800_000_000},
		{"microseconds taken for milliseconds count as none", clock{last: 7}, 1_700_000_000_000_000, 8},
		{"the largest timestamp counts as none", clock{last: 7}, 1<<63 - 1, 8},
		{"the floor lifts an old record", clock{floor: floor}, 1_500_000_000_000, floor},
		{"the floor lifts a record without timestamp", clock{floor: floor}, -1, floor},
		{"above the floor it does nothing", clock{last: floor + 5, floor: floor}, -1, floor + 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.clock.tick(tc.record); got != tc.want {
				t.Errorf("tick(%d) = %d, want %d", tc.record, got, tc.want)
			}
			if tc.clock.last != tc.want {
				t.Errorf("the clock keeps %d, want %d", tc.clock.last, tc.want)
			}
		})
	}
}

func TestStampAddsTheGeneration(t *testing.T) {
	c := clock{generation: 3}
	if got := c.stamp(1_000); got != 1_003 {
		t.Errorf("stamp = %d, want 1003", got)
	}
}

// Invariant 3: whatever the records say, stamps strictly increase; and a clock
// that goes on from any reading gives what the first one gave.
func TestClockIsStrictlyIncreasingAndResumable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Int64Range(-10, 4_200_000_000_000), 1, 200).Draw(t, "records")
		floor := rapid.Int64Range(0, 2_000_000_000_000_000).Draw(t, "floor")
		cut := rapid.IntRange(0, len(records)-1).Draw(t, "cut")
		whole := clock{floor: floor}
		var readings []int64
		for _, r := range records {
			readings = append(readings, whole.tick(r))
		}
		for i := 1; i < len(readings); i++ {
			if readings[i] <= readings[i-1] {
				t.Fatalf("reading %d is %d after %d", i, readings[i], readings[i-1])
			}
		}
		resumed := clock{last: readings[cut], floor: floor}
		for i := cut + 1; i < len(records); i++ {
			if got := resumed.tick(records[i]); got != readings[i] {
				t.Fatalf("resumed after record %d, record %d reads %d instead of %d", cut, i, got, readings[i])
			}
		}
	})
}
