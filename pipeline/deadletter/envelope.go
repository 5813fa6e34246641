package deadletter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/retry"
)

// The headers of a dead letter. The prefix is reserved: headers of that prefix
// on the source record, as a replayed letter has them, are left out.
const (
	headerPrefix = "ingest."

	headerClass          = headerPrefix + "class"           // reasons, as retry.Reason; comma-separated, usually one
	headerMessage        = headerPrefix + "message"         // for people; one line per failure
	headerTables         = headerPrefix + "tables"          // keyspace.table, comma-separated; * is every table of the topic
	headerColumns        = headerPrefix + "columns"         // comma-separated; left out when no column is to blame
	headerTopic          = headerPrefix + "topic"           // where the source record stands
	headerPartition      = headerPrefix + "partition"       //
	headerOffset         = headerPrefix + "offset"          //
	headerTimestamp      = headerPrefix + "timestamp"       // of the source record, milliseconds since 1970
	headerSchemaID       = headerPrefix + "schema.id"       // of its value; left out when none was read
	headerWriteTimestamp = headerPrefix + "write.timestamp" // microseconds since 1970: what its rows are stamped with
	headerVersion        = headerPrefix + "worker.version"  // of the worker that gave up on it
	headerPayload        = headerPrefix + "payload"         // dropped: the value, and for dropped_all also key and source headers, are missing
)

const (
	allTables  = "*"
	maxMessage = 4096 // bytes of ingest.message
)

// Payload says how much of the source record a letter carries.
type Payload uint8

// How much is left of the source record.
const (
	PayloadWhole      Payload = iota
	PayloadDropped            // without its value
	PayloadDroppedAll         // without value, key and source headers
)

var payloadNames = [...]string{"", "dropped", "dropped_all"}

// Envelope is what the headers of a dead letter say.
type Envelope struct {
	Reasons        []retry.Reason
	Message        string
	Tables         []string // keyspace.table; empty: every table of the topic
	Columns        []string
	Topic          string
	Partition      int32
	Offset         int64
	Timestamp      int64 // of the source record, milliseconds since 1970
	SchemaID       int32 // 0: none was read
	WriteTimestamp int64 // microseconds since 1970
	WorkerVersion  string
	Payload        Payload
}

// Letter is a record with everything that kept it from being written.
type Letter struct {
	Record         mapping.Record
	WriteTimestamp int64 // microseconds since 1970: what its rows were, or would have been, stamped with
	Failures       []*retry.Poison
}

// envelope sums a letter up. A failure without a table concerns all of them.
func (l *Letter) envelope(version string) Envelope {
	r := &l.Record
	e := Envelope{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp,
		SchemaID: r.SchemaID, WriteTimestamp: l.WriteTimestamp, WorkerVersion: version,
	}
	var message strings.Builder
	every := len(l.Failures) == 0
	for i, f := range l.Failures {
		if i > 0 {
			message.WriteByte('\n')
		}
		message.WriteString(f.Error())
		every = every || f.Table == ""
		e.Reasons = appendNew(e.Reasons, f.Reason)
		e.Tables = appendNew(e.Tables, f.Table)
		if f.Column != "" {
			e.Columns = appendNew(e.Columns, f.Column)
		}
	}
	if every {
		e.Tables = nil
	}
	e.Message = clip(message.String())
	return e
}

func appendNew[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// clip bounds a message without cutting a character in two.
func clip(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "")
}

// Headers writes the envelope behind the source record's own headers.
func (e *Envelope) Headers(source []mapping.Header) []kgo.RecordHeader {
	headers := make([]kgo.RecordHeader, 0, len(source)+12)
	if e.Payload != PayloadDroppedAll {
		for _, h := range source {
			if !strings.HasPrefix(h.Name, headerPrefix) {
				headers = append(headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
			}
		}
	}
	for _, h := range e.fields() {
		if h.value != "" {
			headers = append(headers, kgo.RecordHeader{Key: h.name, Value: []byte(h.value)})
		}
	}
	return headers
}

type field struct{ name, value string }

func (e *Envelope) fields() []field {
	return []field{
		{headerClass, joinList(e.Reasons)},
		{headerMessage, e.Message},
		{headerTables, joinTables(e.Tables)},
		{headerColumns, joinList(e.Columns)},
		{headerTopic, e.Topic},
		{headerPartition, strconv.FormatInt(int64(e.Partition), 10)},
		{headerOffset, strconv.FormatInt(e.Offset, 10)},
		{headerTimestamp, strconv.FormatInt(e.Timestamp, 10)},
		{headerSchemaID, formatID(e.SchemaID)},
		{headerWriteTimestamp, strconv.FormatInt(e.WriteTimestamp, 10)},
		{headerVersion, e.WorkerVersion},
		{headerPayload, payloadNames[e.Payload]},
	}
}

func formatID(id int32) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

func joinTables(tables []string) string {
	if len(tables) == 0 {
		return allTables
	}
	return joinList(tables)
}

// Quoted CQL names may hold any character, so a comma in one is escaped the way
// URLs do it.
var (
	listEscape   = strings.NewReplacer("%", "%25", ",", "%2C")
	listUnescape = strings.NewReplacer("%2C", ",", "%25", "%")
)

func joinList[T ~string](items []T) string {
	escaped := make([]string, len(items))
	for i, item := range items {
		escaped[i] = listEscape.Replace(string(item))
	}
	return strings.Join(escaped, ",")
}

func splitList[T ~string](text string) []T {
	if text == "" {
		return nil
	}
	var items []T
	for part := range strings.SplitSeq(text, ",") {
		items = append(items, T(listUnescape.Replace(part)))
	}
	return items
}

// ErrNotLetter says that a record lacks the headers of a dead letter.
var ErrNotLetter = errors.New("not a dead letter of ingest")

// Open reads a dead letter back: the envelope and the source record as it stood
// in its topic. Key, value and headers alias r. Its error wraps ErrNotLetter.
func Open(r *kgo.Record) (Envelope, mapping.Record, error) {
	e, err := ParseEnvelope(r.Headers)
	if err != nil {
		return Envelope{}, mapping.Record{}, err
	}
	source := mapping.Record{
		Topic: e.Topic, Partition: e.Partition, Offset: e.Offset, Timestamp: e.Timestamp,
		Key: r.Key, Value: r.Value, SchemaID: e.SchemaID,
	}
	for _, h := range r.Headers {
		if !strings.HasPrefix(h.Key, headerPrefix) {
			source.Headers = append(source.Headers, mapping.Header{Name: h.Key, Value: h.Value})
		}
	}
	return e, source, nil
}

// ParseEnvelope reads an envelope back from a letter's headers; the last header
// of a name counts. Its error wraps ErrNotLetter and names every header that is
// missing or unreadable.
func ParseEnvelope(headers []kgo.RecordHeader) (Envelope, error) {
	p := parser{headers: headers}
	e := Envelope{
		Reasons:        splitList[retry.Reason](p.text(headerClass)),
		Message:        p.text(headerMessage),
		Columns:        splitList[string](p.text(headerColumns)),
		Topic:          p.required(headerTopic),
		Partition:      int32(p.number(headerPartition, 0, 32)),
		Offset:         p.number(headerOffset, 0, 64),
		Timestamp:      p.number(headerTimestamp, minInt64, 64),
		WriteTimestamp: p.number(headerWriteTimestamp, minInt64, 64),
		WorkerVersion:  p.text(headerVersion),
		Payload:        p.payload(),
	}
	if tables := p.required(headerTables); tables != allTables {
		e.Tables = splitList[string](tables)
	}
	if p.text(headerSchemaID) != "" {
		e.SchemaID = int32(p.number(headerSchemaID, -1<<31, 32))
	}
	if p.faults != nil {
		return Envelope{}, fmt.Errorf("%w: %w", ErrNotLetter, errors.Join(p.faults...))
	}
	return e, nil
}

const minInt64 = -1 << 63

// parser collects the faults of a letter's headers.
type parser struct {
	headers []kgo.RecordHeader
	faults  []error
}

func (p *parser) text(name string) string {
	for _, h := range slices.Backward(p.headers) {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

func (p *parser) required(name string) string {
	text := p.text(name)
	if text == "" {
		p.faults = append(p.faults, fmt.Errorf("header %s is missing", name))
	}
	return text
}

func (p *parser) number(name string, least int64, bits int) int64 {
	text := p.required(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil || n < least {
		p.faults = append(p.faults, fmt.Errorf("header %s is not a number in range", name))
	}
	return n
}

func (p *parser) payload() Payload {
	text := p.text(headerPayload)
	i := slices.Index(payloadNames[:], text)
	if i < 0 {
		p.faults = append(p.faults, fmt.Errorf("header %s is not one that this version knows", headerPayload))
		return PayloadWhole
	}
	return Payload(i)
}
