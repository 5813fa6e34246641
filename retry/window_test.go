package retry

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The window agrees with a list of the latest records.
func TestWindowAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 200).Draw(t, "window")
		c := PoisonConfig{
			Window: size,
			Share:  float64(rapid.IntRange(0, 10).Draw(t, "tenths")) / 10,
			Least:  rapid.IntRange(1, size).Draw(t, "least"),
		}
		w := NewWindow(c)
		var list []bool
		for _, poison := range rapid.SliceOfN(rapid.Bool(), 1, 600).Draw(t, "records") {
			if rapid.IntRange(0, 99).Draw(t, "reset") == 0 {
				w.Reset()
				list = nil
			}
			list = append(list, poison)
			list = list[max(0, len(list)-size):]
			count := 0
			for _, p := range list {
				if p {
					count++
				}
			}
			want := c.Share > 0 && count >= c.Least && float64(count) > c.Share*float64(len(list))
			if got := w.Add(poison); got != want {
				t.Fatalf("Add = %v with %d of %d, want %v", got, count, len(list), want)
			}
			if p, n := w.Counts(); p != count || n != len(list) {
				t.Fatalf("Counts = %d of %d, want %d of %d", p, n, count, len(list))
			}
		}
	})
}

func TestPoisonConfigIsChecked(t *testing.T) {
	good := PoisonConfig{Window: 1000, Share: 0.5, Least: 50}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	bad := PoisonConfig{Window: 0, Share: math.NaN(), Least: 0}
	err := bad.Validate()
	for _, name := range []string{"INGEST_POISON_WINDOW", "INGEST_POISON_SHARE", "INGEST_POISON_LEAST"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}
