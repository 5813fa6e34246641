package mapping

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/vm"
	"gopkg.in/inf.v0"
	"pgregory.net/rapid"
)

// failer is what testing and rapid share.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// dynamicCell writes a value as a decoder does for an expression.
func dynamicCell(t failer, v any) Cell {
	t.Helper()
	var data []byte
	var err error
	switch v := v.(type) {
	case nil:
		return Cell{State: Null}
	case bool:
		data = []byte{tagFalse}
		if v {
			data = []byte{tagTrue}
		}
	case int64:
		data, err = taggedInt(tagWhole, 1)(nil, v)
	case float64:
		data, err = dynamicFloat(nil, v)
	case string:
		data, err = lengthy(tagText, encodeText)(nil, []byte(v))
	case []byte:
		data, err = lengthy(tagBinary, appendBytes)(nil, v)
	case time.Time:
		data = appendInstant(nil, v.Unix(), int64(v.Nanosecond()))
	case time.Duration:
		data, err = taggedInt(tagOfDay, 1)(nil, int64(v))
	case *inf.Dec:
		data, err = AppendDynamicDecimal(nil, int32(v.Scale()), appendBig(nil, v.UnscaledBig()))
	case []any:
		data = BeginDynamic(nil, false)
		for _, item := range v {
			if item == nil {
				data = AppendDynamicNull(data)
				continue
			}
			data = append(data, dynamicCell(t, item).Data...)
		}
		binary.BigEndian.PutUint32(data[1:], uint32(len(v)))
	default:
		t.Fatalf("no cell for %T", v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return Cell{State: Value, Data: data}
}

// someValue draws what a record can say; few of each kind, so that they meet.
var someValue = rapid.SampledFrom([]any{
	nil, true, false, int64(0), int64(1), int64(-1), int64(maxExactWhole + 1), int64(math.MaxInt64), 0.0, 1.0, 1.5, math.Copysign(0, -1),
	math.NaN(), math.Inf(1), float64(maxExactWhole), "", "a", "ab", "TEST", "ä", []byte("a"), time.Unix(1, 5).UTC(), time.Unix(1, 6).UTC(),
	time.Second, inf.NewDec(10, 1), []any{"a", nil}, []any{int64(1)},
})

var someOperand = rapid.SampledFrom([]string{"value.a", "value.b", "value.a", "value.b", "'a'", "'TEST'", "''", "1", "-1", "1.5", "0", "true", "nil", "9007199254740993"})

// someCondition draws the text of a condition.
func someCondition(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 {
		kind = min(kind, 2)
	}
	switch kind {
	case 0:
		return rapid.SampledFrom([]string{"value.a", "value.b"}).Draw(t, "input")
	case 1:
		return someOperand.Draw(t, "item") + " in [" + someOperand.Draw(t, "x") + ", " + someOperand.Draw(t, "y") + "]"
	case 2:
		op := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">=", "contains", "startsWith", "endsWith"}).Draw(t, "operator")
		return someOperand.Draw(t, "left") + " " + op + " " + someOperand.Draw(t, "right")
	case 3:
		return "not (" + someCondition(t, depth-1) + ")"
	}
	op := rapid.SampledFrom([]string{"and", "or"}).Draw(t, "and or or")
	return "(" + someCondition(t, depth-1) + ") " + op + " (" + someCondition(t, depth-1) + ")"
}

// TestQuickConditions: what is answered from the bytes is what the expression gives.
func TestQuickConditions(t *testing.T) {
	answered := 0
	rapid.Check(t, func(t *rapid.T) {
		text := someCondition(t, 3)
		e, faults := parseExpression(text, here)
		if faults != nil {
			return // of constants that never fit
		}
		if e.quick == nil {
			t.Fatalf("%s is comparisons alone, and not quick", text)
		}
		env := map[string]any{}
		cells := make([]Cell, len(e.Inputs))
		places := make([]int, len(e.Inputs))
		for i := range e.Inputs {
			v := someValue.Draw(t, "value")
			env[e.Inputs[i].Source.String()], cells[i], places[i] = v, dynamicCell(t, v), i
		}
		holds, known := e.quick.holds(cells, places)
		if !known {
			return // which is left to the expression
		}
		answered++
		var machine vm.VM
		out, err := e.run(&machine, &budget{}, env)
		want, noTruth := truth(out)
		if err != nil || noTruth != nil || holds != want {
			t.Fatalf("%s of %v: answered %v, and it gives %v, %v", text, env, holds, out, err)
		}
	})
	if answered == 0 {
		t.Error("nothing was answered")
	}
}

// TestQuickAnswers: what people write is answered without running the expression.
func TestQuickAnswers(t *testing.T) {
	values := map[string]any{"value.status": "PAID", "value.n": int64(7), "value.f": 1.5, "value.yes": true, "value.none": nil, "value.at": time.Unix(1, 0).UTC(), "value.since": time.Unix(2, 0).UTC()}
	for text, want := range map[string]bool{
		"value.status != 'TEST'":                         true,
		"value.status == 'PAID' and value.n >= 7":        true,
		"value.status in ['NEW', 'PAID']":                true,
		"value.status not in ['NEW', 'PAID']":            false,
		"value.status startsWith 'PA' or value.f > 2":    true,
		"not (value.status contains 'X')":                true,
		"value.status endsWith 'X'":                      false,
		"value.yes":                                      true,
		"value.none":                                     false,
		"not value.none":                                 true,
		"value.none == nil":                              true,
		"value.none != 'TEST'":                           true,
		"value.none > 1":                                 false,
		"value.f < 2 and value.f > 1.25":                 true,
		"value.n == 7.0":                                 true,
		"value.n != -7":                                  true,
		"value.at < value.since":                         true,
		"value.yes == true && value.status != 'DELETED'": true,
	} {
		e, faults := parseExpression(text, here)
		if faults != nil {
			t.Fatal(faults[0].message)
		}
		cells, places := make([]Cell, len(e.Inputs)), make([]int, len(e.Inputs))
		for i := range e.Inputs {
			cells[i], places[i] = dynamicCell(t, values[e.Inputs[i].Source.String()]), i
		}
		var got, known bool
		if e.quick != nil {
			got, known = e.quick.holds(cells, places)
		}
		if !known || got != want {
			t.Errorf("%s: %v, known %v", text, got, known)
		}
		if n := testing.AllocsPerRun(10, func() { e.quick.holds(cells, places) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

// TestNotQuick: what is more than comparisons runs.
func TestNotQuick(t *testing.T) {
	for _, text := range []string{"lower(value.a) == 'x'", "value.a + 1 > 2", "value.a ? true : false", "value.a in value.b", "any(value.a, # == 1)", "value.a matches 'x'", "value.a == [1]"} {
		e, faults := parseExpression(text, here)
		if faults != nil {
			t.Fatal(faults[0].message)
		}
		if e.quick != nil {
			t.Errorf("%s is quick", text)
		}
	}
	if e, _ := parseExpression(strings.Repeat("not ", 3)+"value.a", here); e.quick == nil {
		t.Error("not is not quick")
	}
}
