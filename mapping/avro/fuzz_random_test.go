package avro_test

import (
	"fmt"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	twmb "github.com/twmb/avro"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// schemaMaker makes a schema out of bytes, so that the fuzzer chooses it too.
type schemaMaker struct {
	bytes []byte
	names int
	nodes int
}

func (m *schemaMaker) next(n int) int {
	if len(m.bytes) == 0 {
		return 0
	}
	b := int(m.bytes[0])
	m.bytes = m.bytes[1:]
	return b % n
}

func (m *schemaMaker) name() string {
	m.names++
	return fmt.Sprintf("N%d", m.names)
}

// scalars have no logical type, so that the other implementation gives plain values.
var scalars = []string{"null", "boolean", "int", "long", "float", "double", "bytes", "string"}

// schema makes one of depth levels at most. inUnion: no union may stand there.
func (m *schemaMaker) schema(depth int, inUnion bool) string {
	m.nodes++
	kinds := len(scalars) + 6
	if depth == 0 || m.nodes > 40 {
		kinds = len(scalars) + 2
	}
	switch kind := m.next(kinds) - len(scalars); kind {
	case 0:
		return fmt.Sprintf(`{"type":"fixed","name":"%s","size":%d}`, m.name(), m.next(4)+1)
	case 1:
		return fmt.Sprintf(`{"type":"enum","name":"%s","symbols":["A","BC","D"]}`, m.name())
	case 2:
		return `{"type":"array","items":` + m.schema(depth-1, false) + `}`
	case 3:
		return `{"type":"map","values":` + m.schema(depth-1, false) + `}`
	case 4:
		if !inUnion {
			return m.union(depth)
		}
		fallthrough
	case 5:
		return m.record(depth)
	default:
		return `"` + scalars[kind+len(scalars)] + `"`
	}
}

func (m *schemaMaker) record(depth int) string {
	name := m.name()
	fields := make([]string, m.next(6)+1)
	for i := range fields {
		fields[i] = fmt.Sprintf(`{"name":"f%d","type":%s}`, i, m.schema(depth-1, false))
	}
	return fmt.Sprintf(`{"type":"record","name":"%s","fields":[%s]}`, name, strings.Join(fields, ","))
}

// union makes one whose branches are of kinds that differ.
func (m *schemaMaker) union(depth int) string {
	var branches, kinds []string
	for range m.next(4) + 1 {
		branch := m.schema(depth-1, true)
		kind := strings.Trim(branch, `"`)
		for _, complex := range []string{"array", "map", "fixed", "enum", "record"} {
			if strings.HasPrefix(branch, `{"type":"`+complex) {
				kind = complex
			}
		}
		if !slices.Contains(kinds, kind) {
			branches, kinds = append(branches, branch), append(kinds, kind)
		}
	}
	return "[" + strings.Join(branches, ",") + "]"
}

// columnOf gives a column that takes a shape as it is, for which the oracle's
// value can be written in the plainest way; "" for others.
func columnOf(s *mapping.Shape) string {
	switch s.NonNull().Kind {
	case mapping.KindBoolean:
		return "boolean"
	case mapping.KindInt, mapping.KindLong:
		return "bigint"
	case mapping.KindFloat:
		return "float"
	case mapping.KindDouble:
		return "double"
	case mapping.KindBytes, mapping.KindString, mapping.KindFixed:
		return "blob"
	case mapping.KindEnum:
		return "text"
	}
	return ""
}

// wantsOf gives columns for the scalars of a shape, down to its third level.
func wantsOf(s *mapping.Shape, path []any) []want {
	if column := columnOf(s); column != "" {
		return []want{at(column, path...)}
	}
	inner := s.NonNull()
	if inner.Kind != mapping.KindRecord || len(path) == 3 {
		return nil
	}
	var wants []want
	for _, f := range inner.Fields {
		wants = append(wants, wantsOf(f.Shape, append(slices.Clip(path), f.Name))...)
	}
	return wants
}

// heapBytes gives what the process has allocated so far.
func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// Bounds of reading one payload, whatever counts and lengths it declares.
const (
	mostTime  = 5 * time.Second
	spareHeap = 8 << 20 // what the runtime and the fuzzer's own goroutines may take meanwhile
)

// FuzzRandomSchemas reads any bytes under any schema of plain types and holds what
// comes of it against twmb/avro. Memory is bounded by the columns, not by what the
// bytes declare.
func FuzzRandomSchemas(f *testing.F) {
	for _, c := range fuzzed {
		f.Add([]byte(c.schema), []byte("\x02\x02\x04a\x00"))
	}
	f.Add([]byte{13, 3, 2, 12, 3, 0, 7, 9, 10, 3}, []byte("\x06\x02\x04ab\x02\x03\x08\x02\x02\x02\x02\x00"))
	f.Add([]byte{10, 3}, []byte("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, choices, payload []byte) {
		maker := schemaMaker{bytes: choices}
		text := maker.schema(4, false)
		oracle, err := twmb.Parse(text)
		if err != nil {
			t.Fatalf("twmb/avro does not take %s: %v", text, err)
		}
		s := parse(t, text)
		wants := targets(t, wantsOf(s.Shape(), nil))
		decoder, problems := avro.Compile(s, wants)
		if problems != nil {
			t.Fatal(text, problems)
		}
		var buffer mapping.Buffer
		frame := buffer.Frame(len(wants))
		before, start := heapBytes(), time.Now()
		err = decoder.Decode(payload, frame)
		if took := time.Since(start); took > mostTime {
			t.Errorf("%d bytes took %v", len(payload), took)
		}
		if grew := heapBytes() - before; grew > uint64(len(wants)+1)*uint64(len(payload))*4+spareHeap {
			t.Errorf("%d bytes allocated %d for %d columns", len(payload), grew, len(wants))
		}
		against(t, oracle, s.Shape(), wants, frame, payload, err)
	})
}

// against holds what a decoder made of a payload against the oracle.
func against(t *testing.T, oracle *twmb.Schema, shape *mapping.Shape, wants []mapping.Target, frame *mapping.Frame, payload []byte, err error) {
	t.Helper()
	var value any
	rest, oracleErr := oracle.Decode(payload, &value, twmb.TaggedUnions())
	if oracleErr != nil && strings.Contains(oracleErr.Error(), "zero-byte items exceeds") {
		return // its bound is lower than MaxEmptyItems
	}
	accepted := oracleErr == nil && len(rest) == 0
	switch {
	case err == nil && !accepted:
		t.Fatalf("accepted, but twmb/avro says %v with %d bytes left", oracleErr, len(rest))
	case err != nil && accepted && !slices.ContainsFunc(stricter, func(s string) bool { return strings.Contains(err.Error(), s) }):
		t.Fatalf("refused (%v), but twmb/avro reads it", err)
	case err == nil:
		for _, target := range wants {
			compare(t, frame, target, shape, value)
		}
	}
}
