package deadletter

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"ingest/mapping"
	"ingest/retry"
)

func text(v string) []byte { return []byte(v) }

func TestHeadersOfALetter(t *testing.T) {
	letter := Letter{
		Record: mapping.Record{
			Topic: "orders", Partition: 3, Offset: 42, Timestamp: 1700000000123, SchemaID: 7,
			Headers: []mapping.Header{
				{Name: "traceparent", Value: text("00-ab-cd-01")},
				{Name: "ingest.class", Value: text("decode")},
				{Name: "ingest.payload", Value: text("dropped")},
				{Name: "empty", Value: nil},
			},
		},
		WriteTimestamp: 1700000000123004,
		Failures: []*retry.Poison{
			{Reason: retry.ReasonValue, Table: "shop.orders", Column: "a,b", Path: "value.a", Err: errors.New("out of range")},
			{Reason: retry.ReasonNullKey, Table: "shop.by_day", Column: "day"},
		},
	}
	e := letter.envelope("1.2.3", "orders-writer")
	want := []kgo.RecordHeader{
		{Key: "traceparent", Value: text("00-ab-cd-01")},
		{Key: "empty", Value: nil},
		{Key: "ingest.class", Value: text("value,null_key")},
		{Key: "ingest.message", Value: text("value table=shop.orders column=a,b path=value.a: out of range\nnull_key table=shop.by_day column=day")},
		{Key: "ingest.tables", Value: text("shop.orders,shop.by_day")},
		{Key: "ingest.columns", Value: text("a%2Cb,day")},
		{Key: "ingest.topic", Value: text("orders")},
		{Key: "ingest.partition", Value: text("3")},
		{Key: "ingest.offset", Value: text("42")},
		{Key: "ingest.timestamp", Value: text("1700000000123")},
		{Key: "ingest.schema.id", Value: text("7")},
		{Key: "ingest.write.timestamp", Value: text("1700000000123004")},
		{Key: "ingest.worker.version", Value: text("1.2.3")},
		{Key: "ingest.group", Value: text("orders-writer")},
	}
	if got := e.Headers(letter.Record.Headers); !reflect.DeepEqual(got, want) {
		t.Errorf("headers:\n got %q\nwant %q", got, want)
	}
}

func TestAFailureWithoutATableConcernsAllOfThem(t *testing.T) {
	letter := Letter{Failures: []*retry.Poison{
		{Reason: retry.ReasonValue, Table: "shop.orders"},
		{Reason: retry.ReasonDecode},
	}}
	e := letter.envelope("", "")
	for _, h := range e.Headers(nil) {
		if h.Key == headerTables && string(h.Value) != "*" {
			t.Errorf("ingest.tables = %q, want *", h.Value)
		}
	}
	if e.Tables != nil {
		t.Errorf("tables = %q, want none, which means all", e.Tables)
	}
}

func TestLongMessagesAreCutBetweenCharacters(t *testing.T) {
	for pad := range 4 {
		letter := Letter{Failures: []*retry.Poison{{Err: errors.New(strings.Repeat("x", pad) + strings.Repeat("ü", 4000))}}}
		got := letter.envelope("", "").Message
		if len(got) > 4096 || len(got) < 4093 || !utf8.ValidString(got) {
			t.Errorf("pad %d: %d bytes, valid %v; want at most 4096 bytes of whole characters", pad, len(got), utf8.ValidString(got))
		}
	}
}

func TestOpenNamesEveryFault(t *testing.T) {
	_, _, err := Open(&kgo.Record{Headers: []kgo.RecordHeader{
		{Key: "ingest.topic", Value: text("orders")},
		{Key: "ingest.partition", Value: text("-1")},
		{Key: "ingest.offset", Value: text("9223372036854775808")},
		{Key: "ingest.timestamp", Value: text("12x")},
		{Key: "ingest.tables", Value: text("*")},
		{Key: "ingest.schema.id", Value: text("2147483648")},
		{Key: "ingest.payload", Value: text("lost")},
	}})
	if !errors.Is(err, ErrNotLetter) {
		t.Fatalf("error %v, want ErrNotLetter", err)
	}
	for _, name := range []string{"partition", "offset", "timestamp", "schema.id", "write.timestamp", "payload"} {
		if !strings.Contains(err.Error(), "ingest."+name+" ") {
			t.Errorf("error %q does not name ingest.%s", err, name)
		}
	}
}

// Whatever is put into a letter comes out of it.
func TestEnvelopeRoundTrip(t *testing.T) {
	names := rapid.StringMatching(`[a-z,%"ü2C]{1,8}\.[a-z,%0-9]{1,8}`)
	reasons := rapid.SampledFrom([]retry.Reason{retry.ReasonDecode, retry.ReasonValue, retry.ReasonRejected})
	rapid.Check(t, func(t *rapid.T) {
		want := Envelope{
			Reasons:        orNil(rapid.SliceOfN(reasons, 0, 3).Draw(t, "reasons")),
			Message:        rapid.String().Draw(t, "message"),
			Tables:         orNil(rapid.SliceOfN(names, 0, 4).Draw(t, "tables")),
			Columns:        orNil(rapid.SliceOfN(names, 0, 4).Draw(t, "columns")),
			Topic:          rapid.StringMatching(`[a-zA-Z0-9._-]{1,20}`).Draw(t, "topic"),
			Partition:      rapid.Int32Min(0).Draw(t, "partition"),
			Offset:         rapid.Int64Min(0).Draw(t, "offset"),
			Timestamp:      rapid.Int64().Draw(t, "timestamp"),
			SchemaID:       rapid.Int32().Draw(t, "schema"),
			WriteTimestamp: rapid.Int64().Draw(t, "stamp"),
			WorkerVersion:  rapid.String().Draw(t, "version"),
			Group:          rapid.String().Draw(t, "group"),
			Payload:        Payload(rapid.IntRange(0, 1).Draw(t, "payload")),
		}
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		source := []mapping.Header{{Name: "a", Value: key}, {Name: "a", Value: nil}, {Name: "", Value: text("x")}}
		got, rec, err := Open(&kgo.Record{Key: key, Headers: want.Headers(source)})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("envelope:\n got %+v\nwant %+v", got, want)
		}
		wantRec := mapping.Record{Topic: want.Topic, Partition: want.Partition, Offset: want.Offset, Timestamp: want.Timestamp, Key: key, Headers: source, SchemaID: want.SchemaID}
		if !reflect.DeepEqual(rec, wantRec) {
			t.Errorf("record:\n got %+v\nwant %+v", rec, wantRec)
		}
	})
}

func orNil[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

func FuzzParseEnvelope(f *testing.F) {
	f.Add("orders", "1", "shop.a,shop%2Cb", "dropped")
	f.Fuzz(func(t *testing.T, topic, number, tables, payload string) {
		headers := []kgo.RecordHeader{{Key: headerTopic, Value: text(topic)}, {Key: headerTables, Value: text(tables)}, {Key: headerPayload, Value: text(payload)}}
		for _, name := range []string{headerPartition, headerOffset, headerTimestamp, headerWriteTimestamp} {
			headers = append(headers, kgo.RecordHeader{Key: name, Value: text(number)})
		}
		e, err := ParseEnvelope(headers)
		if err == nil && (e.Topic == "" || e.Offset < 0 || e.Partition < 0) {
			t.Errorf("accepted %+v", e)
		}
	})
}

// Whatever headers a record has: it is refused, or read as a letter that can be
// written and read again without a difference.
func FuzzOpen(f *testing.F) {
	seed := Envelope{Topic: "orders", Tables: []string{"shop.a", "shop.,%"}, Message: "m", Payload: PayloadDroppedAll}
	var packed []byte
	for _, h := range seed.Headers([]mapping.Header{{Name: "trace", Value: text("1")}}) {
		packed = append(packed, byte(len(h.Key)))
		packed = append(packed, h.Key...)
		packed = append(packed, byte(len(h.Value)))
		packed = append(packed, h.Value...)
	}
	f.Add(packed)
	f.Add([]byte("\x0cingest.topic\x01a"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		headers := unpack(packed)
		parseMark(headers)
		e, rec, err := Open(&kgo.Record{Headers: headers})
		if err != nil {
			if !errors.Is(err, ErrNotLetter) {
				t.Errorf("error %v is not ErrNotLetter", err)
			}
			return
		}
		if e.Topic == "" || e.Partition < 0 || e.Offset < 0 {
			t.Errorf("accepted %+v", e)
		}
		again, recAgain, err := Open(&kgo.Record{Headers: e.Headers(rec.Headers)})
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("%+v became %+v, %v", e, again, err)
		}
		if e.Payload != PayloadDroppedAll && !reflect.DeepEqual(recAgain, rec) {
			t.Errorf("%+v became %+v", rec, recAgain)
		}
	})
}

// unpack reads names and values, each behind a byte with its length.
func unpack(packed []byte) []kgo.RecordHeader {
	take := func() []byte {
		if len(packed) == 0 {
			return nil
		}
		n := min(int(packed[0]), len(packed)-1)
		part := packed[1 : 1+n]
		packed = packed[1+n:]
		return part
	}
	var headers []kgo.RecordHeader
	for len(packed) > 0 {
		headers = append(headers, kgo.RecordHeader{Key: string(take()), Value: take()})
	}
	return headers
}

func BenchmarkOpen(b *testing.B) {
	e := Envelope{Reasons: []retry.Reason{retry.ReasonValue}, Message: "value table=shop.orders column=total: out of range", Tables: []string{"shop.orders"},
		Topic: "orders", Offset: 42, Timestamp: 1700000000123, SchemaID: 7, WriteTimestamp: 1700000000123004, WorkerVersion: "1.0.0", Group: "orders-writer"}
	r := &kgo.Record{Headers: e.Headers([]mapping.Header{{Name: "traceparent", Value: text("00-ab-cd-01")}})}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Open(r); err != nil {
			b.Fatal(err)
		}
	}
}
