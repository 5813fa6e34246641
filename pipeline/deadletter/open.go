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
		Group:          p.text(headerGroup),
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
