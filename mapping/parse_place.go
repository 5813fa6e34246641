package mapping

import (
	"unicode"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// places gives the place of each byte of a scalar that may go over several lines.
// What of the text is no white space stands in the file in the same order, one
// character for one, but for escapes: where it does not, the scalar's own place
// stands for all.
func (p *parser) places(n *yaml.Node) func(offset int) Pos {
	at := pos(n)
	w := fileWalk{lines: p.lines, at: at}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		w.at = Pos{Line: at.Line + 1, Col: 1}
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		w.at.Col++
	}
	w.begin()
	found := map[int]Pos{}
	for offset, want := range n.Value {
		if unicode.IsSpace(want) {
			continue
		}
		there, is := w.next()
		if is != want {
			return func(int) Pos { return at }
		}
		found[offset] = there
	}
	return func(offset int) Pos {
		for ; offset >= 0; offset-- { // white space and the end stand with what is before
			if exact, ok := found[offset]; ok {
				return exact
			}
		}
		return at
	}
}

// fileWalk goes through a file's characters that are no white space.
type fileWalk struct {
	lines [][]byte
	at    Pos    // of what comes next
	rest  []byte // of its line
}

func (w *fileWalk) begin() {
	if w.at.Line <= len(w.lines) {
		line := w.lines[w.at.Line-1]
		w.rest = line[byteOffset(line, w.at.Col):]
	}
}

// next gives a character and its place; 0 at the end of the file.
func (w *fileWalk) next() (Pos, rune) {
	for w.at.Line <= len(w.lines) {
		for len(w.rest) > 0 {
			there := w.at
			r, size := utf8.DecodeRune(w.rest)
			w.rest, w.at.Col = w.rest[size:], w.at.Col+1
			if !unicode.IsSpace(r) {
				return there, r
			}
		}
		w.at = Pos{Line: w.at.Line + 1, Col: 1}
		w.begin()
	}
	return w.at, 0
}
