package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"ingest/mapping"
)

// findings are what `ingest validate` tells. Its JSON is described in
// docs/validate.md; fields are added to it, not changed.
type findings struct {
	File       string              `json:"file"`
	Fits       bool                `json:"fits"`
	Offline    bool                `json:"offline"`
	Findings   mapping.Diagnostics `json:"findings"`
	Summary    tally               `json:"summary"`
	NotChecked []string            `json:"not_checked,omitempty"`

	texts map[string][]byte // of the files that findings are about
}

// tally counts what was checked and found. What a file that does not parse names
// is not counted.
type tally struct {
	Topics   int `json:"topics"`
	Tables   int `json:"tables"`
	Versions int `json:"schema_versions"`
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Notes    int `json:"notes"`
}

// add takes what the plans say.
func (f *findings) add(plans []compiled) {
	var tables []string
	for _, c := range plans {
		f.Findings = append(f.Findings, c.found...)
		tables = append(tables, c.tables...)
		f.Summary.Topics++
		f.Summary.Versions += c.versions
	}
	slices.Sort(tables)
	f.Summary.Tables = len(slices.Compact(tables))
}

// finish counts.
func (f *findings) finish() {
	f.Fits = f.Findings.Err() == nil
	if f.Findings == nil {
		f.Findings = mapping.Diagnostics{}
	}
	for i := range f.Findings {
		switch f.Findings[i].Severity {
		case mapping.Error:
			f.Summary.Errors++
		case mapping.Warning:
			f.Summary.Warnings++
		case mapping.Note:
			f.Summary.Notes++
		}
	}
}

func (f *findings) writeJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(f)
}

// render writes the findings, each with the line of its own file.
func (f *findings) render() string {
	var b bytes.Buffer
	for i := range f.Findings {
		one := f.Findings[i : i+1]
		_ = one.Render(&b, f.texts[one[0].File]) // a buffer takes everything
	}
	return b.String()
}

func (f *findings) writeText(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(f.render())
	for _, what := range f.NotChecked {
		b.WriteString("not checked: " + what + "\n")
	}
	s := &f.Summary
	fmt.Fprintf(&b, "checked %s, %s and %s: %s, %s, %s\n", counted(int64(s.Topics), "topic"), counted(int64(s.Tables), "table"), counted(int64(s.Versions), "schema version"),
		counted(int64(s.Errors), "error"), counted(int64(s.Warnings), "warning"), counted(int64(s.Notes), "note"))
	against := "the cluster and the registered schemas"
	if f.Offline {
		against = "the files"
	}
	verdict := "fits " + against
	if !f.Fits {
		verdict = "does not fit"
	}
	fmt.Fprintf(&b, "%s %s\n", f.File, verdict)
	_, err := w.Write(b.Bytes())
	return err
}
