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
	Timestamp time.Time         `json:"timestamp"` // zero: 2026-03-01
	Line      int               `json:"-"`
}

// ReadRecords reads JSON lines.
func ReadRecords(text string) ([]Record, error) {
	var list []Record
	in := json.NewDecoder(bytes.NewBufferString(text))
	in.DisallowUnknownFields()
	for {
		r := Record{Timestamp: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Line: len(list) + 1}
		switch err := in.Decode(&r); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("record %d: %w", r.Line, err)
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
	var err error
	if !isNull(r.Key) {
		if rec.Key, err = r.key(t, encode); err != nil {
			return nil, fmt.Errorf("the key of record %d: %w", r.Line, err)
		}
	}
	if !isNull(r.Value) {
		if rec.Value, err = encode(cmp.Or(r.Schema, t.Value.Subject, r.Topic+"-value"), r.Version, r.Value); err != nil {
			return nil, fmt.Errorf("the value of record %d: %w", r.Line, err)
		}
	}
	for name, value := range r.Headers {
		rec.Headers = append(rec.Headers, mapping.Header{Name: name, Value: []byte(value)})
	}
	return rec, nil
}

func (r *Record) key(t *mapping.Topic, encode Encoder) ([]byte, error) {
	switch t.Key.Kind.String() {
	case "avro":
		return encode(cmp.Or(t.Key.Subject, r.Topic+"-key"), 0, r.Key)
	case "long", "int":
		n, err := strconv.ParseInt(string(r.Key), 10, 64)
		if t.Key.Kind.String() == "int" {
			return binary.BigEndian.AppendUint32(nil, uint32(n)), err
		}
		return binary.BigEndian.AppendUint64(nil, uint64(n)), err
	}
	var text string
	err := json.Unmarshal(r.Key, &text)
	return []byte(text), err
}
