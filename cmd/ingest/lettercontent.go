package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"ingest/pipeline/deadletter"
)

// content is payload made readable: JSON as it is, text as a string, else
// hexadecimal.
type content struct {
	JSON json.RawMessage `json:"json,omitempty"`
	Text *string         `json:"text,omitempty"`
	Hex  string          `json:"hex,omitempty"`
	raw  []byte
}

// reveal adds the payload to a view. A null one stays out.
func (v *letterView) reveal(l *deadletter.Stored) {
	v.Key, v.Value = readable(l.Record.Key), readable(l.Record.Value)
	for i, h := range l.Record.Headers {
		v.Headers[i].Value = readable(h.Value)
	}
}

func readable(data []byte) *content {
	switch {
	case data == nil:
		return nil
	case len(data) > 0 && strings.ContainsRune("{[", rune(data[0])) && utf8.Valid(data) && json.Valid(data):
		return &content{JSON: data, raw: data}
	case utf8.Valid(data) && printable(string(data)) == string(data):
		text := string(data)
		return &content{Text: &text, raw: data}
	}
	return &content{Hex: hex.EncodeToString(data), raw: data}
}

// printContents prints the payloads that a view has.
func (v *letterView) printContents(w io.Writer) {
	if v.Key != nil {
		v.Key.print(w, "key")
	}
	for _, h := range v.Headers {
		if h.Value != nil {
			h.Value.print(w, "header "+printable(h.Name))
		}
	}
	if v.Value != nil {
		v.Value.print(w, "value")
	}
}

func (c *content) print(w io.Writer, name string) {
	switch {
	case c.Text != nil:
		fmt.Fprintf(w, "\n%s:\n%s\n", name, *c.Text)
	case c.JSON != nil && printable(string(c.JSON)) == string(c.JSON):
		fmt.Fprintf(w, "\n%s:\n%s\n", name, c.JSON)
	default:
		fmt.Fprintf(w, "\n%s:\n%s", name, hex.Dump(c.raw))
	}
}
