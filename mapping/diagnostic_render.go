package mapping

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Render writes the diagnostics for people: each with its place, the line of
// src that it is about, a caret under the column, and what to do. src is the
// file that was parsed; nil leaves the lines out.
func (ds Diagnostics) Render(w io.Writer, src []byte) error {
	var b bytes.Buffer
	lines := bytes.Split(src, []byte("\n"))
	for i := range ds {
		ds[i].render(&b, lines)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (d *Diagnostic) render(b *bytes.Buffer, lines [][]byte) {
	b.WriteString(printable(d.String()) + "\n")
	if d.Line > 0 && d.Line <= len(lines) {
		line := bytes.TrimSuffix(lines[d.Line-1], []byte("\r"))
		text, caret := window(printable(string(line)), d.Col)
		number := strconv.Itoa(d.Line)
		fmt.Fprintf(b, " %s | %s\n", number, text)
		fmt.Fprintf(b, " %s | %s^\n", strings.Repeat(" ", len(number)), caret)
	}
	if d.Hint != "" {
		b.WriteString("help: " + printable(d.Hint) + "\n")
	}
}

// Characters of a line that are shown, and of those the part before the caret.
const (
	windowWidth = 100
	windowLead  = 60
)

// window cuts a long line to what stands around column col, and gives what puts
// a caret under that column: tabs stay tabs, so that both lines move alike.
func window(line string, col int) (text, pad string) {
	runes := []rune(line)
	at := min(max(col-1, 0), len(runes))
	start, end := 0, len(runes)
	if end > windowWidth {
		start = min(max(at-windowLead, 0), end-windowWidth)
		end = start + windowWidth
	}
	shown, lead := runes[start:end], runes[start:at]
	text = string(shown)
	if end < len(runes) {
		text += "…"
	}
	pad = strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(lead))
	if start > 0 {
		text, pad = "…"+text, " "+pad
	}
	return text, pad
}

// printable replaces what could steer a terminal. Each bad byte becomes one
// character, so columns stay where they are.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}
