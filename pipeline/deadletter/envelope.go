package deadletter

import (
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
	headerGroup          = headerPrefix + "group"           // the consumer group of that worker
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
	Group          string // consumer group of the worker; empty in letters of older versions
	Payload        Payload
}

// Letter is a record with everything that kept it from being written.
type Letter struct {
	Record         mapping.Record
	WriteTimestamp int64 // microseconds since 1970: what its rows were, or would have been, stamped with
	Failures       []*retry.Poison
}

// envelope sums a letter up. A failure without a table concerns all of them.
func (l *Letter) envelope(version, group string) Envelope {
	r := &l.Record
	e := Envelope{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp,
		SchemaID: r.SchemaID, WriteTimestamp: l.WriteTimestamp, WorkerVersion: version, Group: group,
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
	headers := make([]kgo.RecordHeader, 0, len(source)+13)
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
		{headerGroup, e.Group},
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
