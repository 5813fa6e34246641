package mapping

import (
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// path reads a scalar as a path or else as an expression, and reports whether it is one.
func (p *parser) path(n *yaml.Node, into *Source) bool {
	unit := into.Unit
	source, noPath := parsePath(n.Value)
	if noPath != nil {
		var faults []*pathFault
		source, faults = p.expressionOr(n, noPath)
		for _, fault := range faults {
			p.fault(p.within(n, fault.at), fault.hint, "%s", fault.message)
		}
		if faults != nil {
			return false
		}
	}
	*into = source
	into.Unit = unit
	return true
}

// within gives the place of a scalar's byte, where the scalar stands in the file
// as it is read: on one line, without escapes. Elsewhere it gives the scalar's.
func (p *parser) within(n *yaml.Node, offset int) Pos {
	at := pos(n)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || at.Line > len(p.lines) {
		return at
	}
	line := p.lines[at.Line-1]
	start := byteOffset(line, at.Col)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		start++
	}
	if len(line)-start < len(n.Value) || string(line[start:start+len(n.Value)]) != n.Value {
		return at
	}
	return Pos{Line: at.Line, Col: utf8.RuneCount(line[:start+offset]) + 1}
}

// byteOffset gives where a line's column starts, in bytes.
func byteOffset(line []byte, col int) int {
	at := 0
	for i := 1; i < col && at < len(line); i++ {
		_, size := utf8.DecodeRune(line[at:])
		at += size
	}
	return at
}
