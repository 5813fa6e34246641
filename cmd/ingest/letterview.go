package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ingest/pipeline/deadletter"
)

// letterView is a letter in JSON. Payloads are in it only when they were asked
// for.
type letterView struct {
	Letter         string       `json:"letter"` // its place
	WrittenAt      time.Time    `json:"written_at"`
	Fault          string       `json:"fault,omitempty"` // why it is no letter; nothing below is set then
	State          string       `json:"state,omitempty"`
	Source         string       `json:"source,omitempty"`
	RecordTime     *time.Time   `json:"record_time,omitempty"`
	Class          string       `json:"class,omitempty"`
	Tables         string       `json:"tables,omitempty"`
	Columns        []string     `json:"columns,omitempty"`
	Message        string       `json:"message,omitempty"`
	SchemaID       int32        `json:"schema_id,omitempty"`
	WriteTimestamp int64        `json:"write_timestamp,omitempty"` // microseconds since 1970
	WorkerVersion  string       `json:"worker_version,omitempty"`
	Group          string       `json:"group,omitempty"`
	KeyBytes       *int         `json:"key_bytes"`   // null: a null key
	ValueBytes     *int         `json:"value_bytes"` // null: a null value, or none in the letter: see payload
	Payload        string       `json:"payload,omitempty"`
	Headers        []headerView `json:"headers,omitempty"`
	Key            *content     `json:"key,omitempty"`
	Value          *content     `json:"value,omitempty"`
}

// headerView is a header of the source record.
type headerView struct {
	Name  string   `json:"name"`
	Bytes int      `json:"bytes"`
	Value *content `json:"value,omitempty"`
}

func describe(l *deadletter.Stored) *letterView {
	v := &letterView{Letter: l.Place.String(), WrittenAt: l.At.UTC()}
	if l.Fault != nil {
		v.Fault = l.Fault.Error()
		return v
	}
	at := time.UnixMilli(l.Timestamp).UTC()
	if at.Year() >= 0 && at.Year() <= 9999 { // what JSON can say
		v.RecordTime = &at
	}
	v.State, v.Source, v.Class, v.Tables = state(l), l.Source().String(), l.Class(), l.TableList()
	v.Columns, v.Message, v.SchemaID, v.WriteTimestamp = l.Columns, l.Message, l.SchemaID, l.WriteTimestamp
	v.WorkerVersion, v.Group, v.Payload = l.WorkerVersion, l.Group, l.PayloadName()
	v.KeyBytes, v.ValueBytes = size(l.Record.Key), size(l.Record.Value)
	for _, h := range l.Record.Headers {
		v.Headers = append(v.Headers, headerView{Name: h.Name, Bytes: len(h.Value)})
	}
	return v
}

func size(data []byte) *int {
	if data == nil {
		return nil
	}
	n := len(data)
	return &n
}

func state(l *deadletter.Stored) string {
	switch {
	case l.Replayed:
		return "replayed"
	case l.Payload != deadletter.PayloadWhole:
		return "open, without payload"
	}
	return "open"
}

// printable keeps what others wrote from steering a terminal.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(text)
	}
	return text
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// counted gives "1 record" or "2 records".
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// are gives "1 record is" or "2 records are".
func are(n int64, noun string) string {
	if n == 1 {
		return counted(n, noun) + " is"
	}
	return counted(n, noun) + " are"
}
