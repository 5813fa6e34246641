//go:build stack

package test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// docBlock is a block of a page: a file that it gives (```yaml NAME), or commands
// (```sh) with what they print (```text, or ```text exit=78).
type docBlock struct {
	line   int
	file   string
	text   string
	want   string
	code   int
	reason string // why it cannot run, from a comment before it
}

var (
	notRunComment = regexp.MustCompile(`^<!-- not run: (.{10,}) -->$`)
	exitCode      = regexp.MustCompile(`^exit=(\d+)$`)
)

// readPage gives the blocks of a page that are for the test.
func readPage(t *testing.T, path string) (blocks []docBlock) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var open *docBlock
	kind, reason := "", ""
	for i, line := range strings.Split(string(page), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case open != nil && isFence:
			blocks = closeBlock(t, blocks, kind, open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		case isFence:
			language, rest, _ := strings.Cut(fence, " ")
			open, kind = &docBlock{line: i + 1, reason: reason, file: rest}, language
			reason = ""
		default:
			if found := notRunComment.FindStringSubmatch(line); found != nil {
				reason = found[1]
			}
		}
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no commands", path)
	}
	return blocks
}

// closeBlock adds a block that has ended. Output belongs to the commands before it.
func closeBlock(t *testing.T, blocks []docBlock, kind string, b *docBlock) []docBlock {
	t.Helper()
	switch {
	case kind == "text" && len(blocks) > 0:
		last := &blocks[len(blocks)-1]
		last.want = b.text
		if found := exitCode.FindStringSubmatch(b.file); found != nil {
			last.code, _ = strconv.Atoi(found[1]) // digits
		}
		return blocks
	case kind == "sh" && b.file == "", b.file != "":
		return append(blocks, *b)
	}
	return blocks
}
