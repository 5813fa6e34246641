package tried

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"ingest/mapping"
)

// Record is a record as an example writes it, one JSON object a line.
type Record struct {
	Topic     string            `json:"topic"`   // empty: the file's first
	Key       json.RawMessage   `json:"key"`     // none or null: a null key
	Value     json.RawMessage   `json:"value"`   // none or null: a tombstone
	Schema    string            `json:"schema"`  // the value's subject, where it is not the topic's
	Version   int               `json:"version"` // of the value's subject; 0: the latest
	Headers   map[string]string `json:"headers"`
	Framing   string            `json:"framing"`   // "header", or empty: the schema's id stands in front
	Timestamp time.Time         `json:"timestamp"` // none: the first at 2026-03-01T00:00:00Z, each a second later
	Line      int               `json:"-"`
}

// inHeaders is the framing in which headers name the schemas.
const inHeaders = "header"

// ReadRecords reads JSON lines.
func ReadRecords(text string) ([]Record, error) {
	var list []Record
	in := json.NewDecoder(bytes.NewBufferString(text))
	in.DisallowUnknownFields()
	for {
		r := Record{Timestamp: time.Date(2026, 3, 1, 0, 0, len(list), 0, time.UTC), Line: len(list) + 1}
		switch err := in.Decode(&r); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("record %d: %w", r.Line, err)
		case r.Framing != "" && r.Framing != inHeaders:
			return nil, fmt.Errorf("record %d: there is no framing %q", r.Line, r.Framing)
		}
		list = append(list, r)
	}
}

func isNull(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// Encoder gives the bytes of a JSON text by a version of a subject, 0 for the
// latest, with the framing.
type Encoder func(subject string, version int, text []byte) ([]byte, error)

// Encode makes the record as a producer of the topic would.
func (r *Record) Encode(t *mapping.Topic, encode Encoder) (*mapping.Record, error) {
	rec := &mapping.Record{Topic: r.Topic, Offset: int64(r.Line), Timestamp: r.Timestamp.UnixMilli()}
	for name, value := range r.Headers {
		rec.Headers = append(rec.Headers, mapping.Header{Name: name, Value: []byte(value)})
	}
	var err error
	if !isNull(r.Key) {
		if rec.Key, err = r.key(t, encode); err != nil {
			return nil, fmt.Errorf("the key of record %d: %w", r.Line, err)
		}
	}
	if !isNull(r.Value) {
		if rec.Value, err = encode(cmp.Or(r.Schema, subject(t.Value, r.Topic+"-value")), r.Version, r.Value); err != nil {
			return nil, fmt.Errorf("the value of record %d: %w", r.Line, err)
		}
	}
	rec.Key = r.frame(rec, t.Key, "__key_schema_id", rec.Key)
	rec.Value = r.frame(rec, t.Value, "__value_schema_id", rec.Value)
	return rec, nil
}

// subject gives the name by which an example has the schema of a format.
func subject(f mapping.Format, usual string) string {
	if f.Schema != nil {
		return f.Schema.Path
	}
	return cmp.Or(f.Subject, usual)
}

// prefix is how many bytes in front of a payload name its schema.
const prefix = 5

// frame leaves the schema's id in front of a payload, or moves it where it belongs.
func (r *Record) frame(rec *mapping.Record, f mapping.Format, header string, payload []byte) []byte {
	switch {
	case payload == nil || f.Kind != mapping.FormatAvro:
	case f.Schema != nil:
		return payload[prefix:]
	case r.Framing == inHeaders:
		rec.Headers = append(rec.Headers, mapping.Header{Name: header, Value: payload[:prefix]})
		return payload[prefix:]
	}
	return payload
}

func (r *Record) key(t *mapping.Topic, encode Encoder) ([]byte, error) {
	switch t.Key.Kind {
	case mapping.FormatAvro:
		return encode(subject(t.Key, r.Topic+"-key"), 0, r.Key)
	case mapping.FormatInt:
		n, err := strconv.ParseInt(string(r.Key), 10, 32)
		return binary.BigEndian.AppendUint32(nil, uint32(n)), err
	case mapping.FormatLong:
		n, err := strconv.ParseInt(string(r.Key), 10, 64)
		return binary.BigEndian.AppendUint64(nil, uint64(n)), err
	}
	var text string
	err := json.Unmarshal(r.Key, &text)
	return []byte(text), err
}
