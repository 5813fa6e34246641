package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// explanation is what `ingest explain` tells. Its JSON is described in
// docs/explain.md; fields are added to it, not changed.
type explanation struct {
	Topic     string       `json:"topic"`
	Partition *int32       `json:"partition,omitempty"` // of a live record
	Offset    *int64       `json:"offset,omitempty"`
	Timestamp int64        `json:"timestamp"`           // milliseconds since 1970, as the record says
	SchemaID  int32        `json:"schema_id,omitempty"` // of the value
	Null      bool         `json:"null_value"`
	Notes     []string     `json:"notes,omitempty"`
	Poison    *poisonView  `json:"poison,omitempty"` // of the whole record
	Tables    []tableShare `json:"tables"`
}

// What becomes of a record in one table.
const (
	outcomeRow    = "row"
	outcomePoison = "poison"
	outcomeSkip   = "skip"
)

// tableShare is one row of the record, or why a table gets none.
type tableShare struct {
	Table          string        `json:"table"`
	Outcome        string        `json:"outcome"`
	Reason         string        `json:"reason,omitempty"` // of skip
	Poison         *poisonView   `json:"poison,omitempty"`
	Operation      string        `json:"operation,omitempty"`
	CQL            string        `json:"cql,omitempty"`
	Columns        []boundColumn `json:"columns,omitempty"`
	WriteTimestamp int64         `json:"write_timestamp,omitempty"` // microseconds since 1970
	TimestampFrom  string        `json:"write_timestamp_from,omitempty"`
	TTL            int32         `json:"ttl,omitempty"`      // seconds from the write timestamp, as the mapping says
	TTLLeft        int32         `json:"ttl_left,omitempty"` // seconds that are sent
	TableTTL       int           `json:"table_ttl,omitempty"`
	Consistency    string        `json:"consistency,omitempty"` // empty: the environment's
	Token          int64         `json:"token,omitempty"`
	Replicas       []string      `json:"replicas,omitempty"`
}

// boundColumn is one value of a row.
type boundColumn struct {
	Column string `json:"column"` // or the bind of `cql:`, with its colon
	Type   string `json:"type"`
	Bound  string `json:"bound"`            // value, default, unset, tombstone, or null where a bind of `cql:` writes no column
	Value  string `json:"value,omitempty"`  // a CQL constant, of value and default
	From   string `json:"from"`             // as the mapping file writes it
	Record string `json:"record,omitempty"` // null or absent: what the record has there
}

// poisonView says why there is no row.
type poisonView struct {
	Class   string `json:"class"`
	Table   string `json:"table,omitempty"`
	Column  string `json:"column,omitempty"`
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

func describeRecord(rec *sample) *explanation {
	out := &explanation{Topic: rec.Topic, Timestamp: rec.Timestamp, SchemaID: rec.SchemaID, Null: rec.Value == nil, Tables: []tableShare{}}
	if rec.live {
		out.Partition, out.Offset = &rec.Partition, &rec.Offset
	}
	return out
}

// poisoned reports whether some table cannot have its row.
func (x *explanation) poisoned() bool {
	for i := range x.Tables {
		if x.Tables[i].Poison != nil {
			return true
		}
	}
	return x.Poison != nil
}

func (x *explanation) writeJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(x)
}

func (x *explanation) writeText(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(x.title() + "\n")
	for _, note := range x.Notes {
		b.WriteString("note: " + note + "\n")
	}
	if x.Poison != nil {
		b.WriteString("\nno row in any table\n")
		x.Poison.write(&b)
	}
	for i := range x.Tables {
		b.WriteByte('\n')
		x.Tables[i].write(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (x *explanation) title() string {
	title := "a sample of topic " + x.Topic
	if x.Offset != nil {
		title = fmt.Sprintf("record %s/%d/%d", x.Topic, *x.Partition, *x.Offset)
	}
	title += ", dated " + time.UnixMilli(x.Timestamp).UTC().Format("2006-01-02T15:04:05.000Z")
	switch {
	case x.Null:
		title += ", with a null value"
	case x.SchemaID != 0:
		title += fmt.Sprintf(", value by schema id %d", x.SchemaID)
	}
	return title
}

func (p *poisonView) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "  poison (%s)", p.Class)
	if p.Column != "" {
		fmt.Fprintf(b, ", column %q", p.Column)
	}
	if p.Path != "" {
		b.WriteString(", from " + printable(p.Path))
	}
	b.WriteString(": " + printable(p.Message) + "\n")
}

func (t *tableShare) write(b *bytes.Buffer) {
	switch t.Outcome {
	case outcomeSkip:
		fmt.Fprintf(b, "%s: skipped: %s\n", t.Table, t.Reason)
		return
	case outcomePoison:
		fmt.Fprintf(b, "%s: no row\n", t.Table)
		t.Poison.write(b)
		return
	}
	fmt.Fprintf(b, "%s: %s\n  %s\n", t.Table, t.Operation, printable(t.CQL))
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for i := range t.Columns {
		c := &t.Columns[i]
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", printable(c.Column), c.Type, c.bound(), printable(c.from()))
	}
	_ = w.Flush() // a buffer takes everything
	if t.TimestampFrom == "" {
		b.WriteString("  write timestamp: Cassandra's own, when it is written\n")
	} else {
		fmt.Fprintf(b, "  write timestamp %d (%s): %s\n", t.WriteTimestamp, time.UnixMicro(t.WriteTimestamp).UTC().Format("2006-01-02T15:04:05.000000Z"), t.TimestampFrom)
	}
	b.WriteString(t.life())
	if t.Consistency != "" {
		b.WriteString("  consistency " + t.Consistency + "\n")
	}
	fmt.Fprintf(b, "  token %d", t.Token)
	if len(t.Replicas) > 0 {
		b.WriteString(", replicas " + strings.Join(t.Replicas, ", "))
	}
	b.WriteByte('\n')
}

// life says how long the row lives.
func (t *tableShare) life() string {
	switch {
	case t.TTL > 0:
		return fmt.Sprintf("  ttl %d s from the write timestamp, so %d s if it is written now\n", t.TTL, t.TTLLeft)
	case t.TableTTL > 0:
		return fmt.Sprintf("  ttl %d s from each write, which is the table's default\n", t.TableTTL)
	}
	return ""
}

// maxShown bounds how many characters of a value are printed for people.
const maxShown = 200

func (c *boundColumn) bound() string {
	switch c.Bound {
	case "unset":
		return "left as it is"
	case "tombstone":
		return "deleted"
	case "null":
		return "null"
	}
	if runes := []rune(c.Value); len(runes) > maxShown {
		return printable(string(runes[:maxShown])) + fmt.Sprintf("… (%d characters)", len(runes))
	}
	return printable(c.Value)
}

func (c *boundColumn) from() string {
	switch {
	case c.Record != "" && c.Bound == "default":
		return "default, for " + c.From + " is " + c.Record
	case c.Record != "":
		return c.From + " is " + c.Record
	}
	return c.From
}
