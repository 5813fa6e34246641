package mapping

import (
	"strings"
	"testing"
)

func TestEventTimeTypes(t *testing.T) {
	typ := &Type{Kind: typeEventTime}
	logical := func(k Kind, l Logical) *Shape { return &Shape{Kind: k, Logical: l} }
	const second = 1_700_000_000
	for _, tt := range []struct {
		name  string
		shape *Shape
		unit  Unit
		value int64
		want  int64 // microseconds, 0: refused
	}{
		{"long", long, UnitNone, second * 1000, second * 1e6},
		{"long of seconds", long, UnitSeconds, second, second * 1e6},
		{"long of milliseconds", long, UnitMillis, second*1000 + 7, second*1e6 + 7000},
		{"long of microseconds", long, UnitMicros, second*1e6 + 7, second*1e6 + 7},
		{"long of nanoseconds", long, UnitNanos, second*1e9 + 7999, second*1e6 + 7},
		{"int of seconds", primitive(KindInt), UnitSeconds, second, second * 1e6},
		{"timestamp-millis", logical(KindLong, LogicalTimestampMillis), UnitNone, second * 1000, second * 1e6},
		{"timestamp-micros", logical(KindLong, LogicalTimestampMicros), UnitNone, second*1e6 + 7, second*1e6 + 7},
		{"timestamp-nanos", logical(KindLong, LogicalTimestampNanos), UnitNone, second*1e9 + 7000, second*1e6 + 7},
		{"local-timestamp-micros", logical(KindLong, LogicalLocalTimestampMicros), UnitNone, second * 1e6, second * 1e6},
		{"nullable", nullable(long), UnitNone, second * 1000, second * 1e6},

		{"the first moment", long, UnitMillis, 1, 1000},
		{"zero", long, UnitMillis, 0, 0},
		{"before 1970", long, UnitMillis, -1, 0},
		{"less than a microsecond", long, UnitNanos, 999, 0},
		{"the last moment", long, UnitMillis, 4_102_444_800_000, 4_102_444_800_000_000},
		{"after 2100", long, UnitMillis, 4_102_444_800_001, 0},
		{"after 2100 in nanoseconds", long, UnitNanos, 4_102_444_800_000_001_000, 0},
		{"microseconds taken for milliseconds", long, UnitNone, second * 1e6, 0},
		{"the largest long", long, UnitSeconds, 1<<63 - 1, 0},
		{"the smallest long", long, UnitMicros, -1 << 63, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := FitOf(tt.shape, typ, tt.unit); err != nil {
				t.Fatal(err)
			}
			encode, err := IntEncoderFor(tt.shape, typ, tt.unit)
			if err != nil {
				t.Fatal(err)
			}
			data, err := encode(nil, tt.value)
			switch {
			case tt.want == 0 && err == nil:
				t.Errorf("%d is taken", tt.value)
			case tt.want != 0 && (err != nil || eventMicros(data) != tt.want):
				t.Errorf("%d gives %x, %v, want %d", tt.value, data, err, tt.want)
			}
		})
	}
	for _, s := range []*Shape{
		str, primitive(KindDouble), primitive(KindInt), primitive(KindBoolean), primitive(KindBytes), record("R", "a", long),
		{Kind: KindArray, Elem: long}, {Kind: KindMap, Elem: long}, {Kind: KindUnion, Branches: []*Shape{long, str}},
		logical(KindInt, LogicalDate), logical(KindInt, LogicalTimeMillis), logical(KindLong, LogicalTimeMicros),
	} {
		if _, err := FitOf(s, typ, UnitNone); err == nil || !strings.Contains(err.Error(), "cannot become a write timestamp: ") {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, s := range []*Shape{logical(KindInt, LogicalDate), logical(KindLong, LogicalTimeMicros), str} {
		if _, err := FitOf(s, typ, UnitSeconds); err == nil {
			t.Errorf("%s of seconds is taken", s)
		}
	}
	if _, err := FitOf(primitive(KindInt), typ, UnitMillis); err == nil {
		t.Error("an int of milliseconds is taken: it ends in January 1970")
	}
}
