package deadletter

import (
	"testing"
	"time"

	"ingest/retry"
)

func TestFilter(t *testing.T) {
	noon := time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)
	e := Envelope{Reasons: []retry.Reason{retry.ReasonValue, retry.ReasonNullKey}, Tables: []string{"shop.a", "shop.b"}, Topic: "orders", Partition: 3, Offset: 42, Group: "g"}
	every := Envelope{Topic: "orders"}
	for name, tc := range map[string]struct {
		filter      Filter
		e, theOther bool // whether it takes e, and every
	}{
		"the zero filter":    {Filter{}, true, true},
		"a class":            {Filter{Reasons: []retry.Reason{"null_key", "decode"}}, true, false},
		"another class":      {Filter{Reasons: []retry.Reason{"decode"}}, false, false},
		"a table":            {Filter{Tables: []string{"shop.b"}}, true, false},
		"every table":        {Filter{Tables: []string{AllTables}}, false, true},
		"either":             {Filter{Tables: []string{"shop.a", AllTables}}, true, true},
		"a topic":            {Filter{Topics: []string{"orders"}}, true, true},
		"another topic":      {Filter{Topics: []string{"order"}}, false, false},
		"a partition":        {Filter{Partitions: []int32{3}}, true, false},
		"offsets":            {Filter{Offsets: &OffsetRange{42, 42}}, true, false},
		"offsets before":     {Filter{Offsets: &OffsetRange{0, 41}}, false, true},
		"offsets after":      {Filter{Offsets: &OffsetRange{43, 99}}, false, false},
		"a group":            {Filter{Group: "g"}, true, true},
		"another group":      {Filter{Group: "h"}, false, true},
		"since then":         {Filter{Since: noon}, true, true},
		"since later":        {Filter{Since: noon.Add(1)}, false, false},
		"until then":         {Filter{Until: noon}, false, false},
		"until later":        {Filter{Until: noon.Add(1)}, true, true},
		"all must hold":      {Filter{Topics: []string{"orders"}, Tables: []string{"shop.c"}}, false, false},
		"and all of them do": {Filter{Topics: []string{"orders"}, Tables: []string{"shop.a"}, Partitions: []int32{1, 3}}, true, false},
	} {
		if got := tc.filter.Match(&e, noon); got != tc.e {
			t.Errorf("%s: %v for the letter of two tables", name, got)
		}
		if got := tc.filter.Match(&every, noon); got != tc.theOther {
			t.Errorf("%s: %v for the letter of every table", name, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, good := range []Place{{"a", 0, 0}, {"a.b-c_D", 2147483647, 9223372036854775807}} {
		if got, err := ParsePlace(good.String()); err != nil || got != good {
			t.Errorf("%v became %v, %v", good, got, err)
		}
	}
	for _, bad := range []string{"", "a", "a/1", "a/1/2/3", "/1/2", "a/-1/2", "a/1/-2", "a/x/2", "a/2147483648/2", "a b/1/2"} {
		if got, err := ParsePlace(bad); err == nil {
			t.Errorf("%q became %v", bad, got)
		}
	}
}
