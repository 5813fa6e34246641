package pipeline

import (
	"testing"

	"pgregory.net/rapid"
)

func TestClockTicks(t *testing.T) {
	const floor = 1_600_000_000_000_000
	for _, tc := range []struct {
		name   string
		clock  Clock
		record int64
		want   int64
	}{
		{"a later record sets the clock", Clock{Last: 5_000}, 1_700_000_000_000, 1_700_000_000_000_000},
		{"an equal record moves it by one", Clock{Last: 1_700_000_000_000_000}, 1_700_000_000_000, 1_700_000_000_000_001},
		{"an earlier record moves it by one", Clock{Last: 1_700_000_000_000_500}, 1_600_000_000_000, 1_700_000_000_000_501},
		{"no timestamp moves it by one", Clock{Last: 7}, -1, 8},
		{"zero counts as none", Clock{Last: 7}, 0, 8},
		{"the last moment before 2100", Clock{}, 4_102_444_800_000, 4_102_444_800_000_000},
		{"the first moment after it counts as none", Clock{Last: 7}, 4_102_444_800_001, 8},
		{"the first moment after 1970", Clock{}, 1, 1_000},
		{"microseconds taken for milliseconds count as none", Clock{Last: 7}, 1_700_000_000_000_000, 8},
		{"the largest timestamp counts as none", Clock{Last: 7}, 1<<63 - 1, 8},
		{"the floor lifts an old record", Clock{Floor: floor}, 1_500_000_000_000, floor},
		{"the floor lifts a record without timestamp", Clock{Floor: floor}, -1, floor},
		{"above the floor it does nothing", Clock{Last: floor + 5, Floor: floor}, -1, floor + 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.clock.Tick(tc.record); got != tc.want {
				t.Errorf("tick(%d) = %d, want %d", tc.record, got, tc.want)
			}
			if tc.clock.Last != tc.want {
				t.Errorf("the clock keeps %d, want %d", tc.clock.Last, tc.want)
			}
		})
	}
}

func TestStampAddsTheGeneration(t *testing.T) {
	c := Clock{Generation: 3}
	if got := c.Stamp(1_000); got != 1_003 {
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
		whole := Clock{Floor: floor}
		var readings []int64
		for _, r := range records {
			readings = append(readings, whole.Tick(r))
		}
		for i := 1; i < len(readings); i++ {
			if readings[i] <= readings[i-1] {
				t.Fatalf("reading %d is %d after %d", i, readings[i], readings[i-1])
			}
		}
		resumed := Clock{Last: readings[cut], Floor: floor}
		for i := cut + 1; i < len(records); i++ {
			if got := resumed.Tick(records[i]); got != readings[i] {
				t.Fatalf("resumed after record %d, record %d reads %d instead of %d", cut, i, got, readings[i])
			}
		}
	})
}
