// Package pages reads the commands of a page of documentation and what it says
// that they print.
//
// Commands are in blocks ```sh. The block ```text behind one is what it prints,
// to both outputs; without it, it prints nothing. ```text exit=78 says that it
// ends with another exit code than 0. A block with a name, as ```yaml mapping.yaml,
// is a file. A comment <!-- not run: why --> before a block leaves it out;
// <!-- run on: kubernetes --> leaves it to the test with that world. Blocks
// without a language are for the reader alone.
package pages

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Block is a file that a page gives, or commands.
type Block struct {
	Line   int    // of its fence, from 1
	File   string // name of the file; empty for commands
	Text   string // of the file, or the commands
	Prints string // as Matches takes it
	Exit   int    // exit code
	NotRun string // why the commands cannot run in a test; empty for others
	On     string // where they run, when it is not the page's usual place
}

var (
	notRun   = regexp.MustCompile(`^<!-- not run: (.{10,}) -->$`)
	runOn    = regexp.MustCompile(`^<!-- run on: ([a-z]+) -->$`)
	exitCode = regexp.MustCompile(`^exit=(\d{1,3})$`)
)

// Read gives the blocks of a page that are for a test, in its order.
func Read(path string) ([]Block, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	blocks, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return blocks, nil
}

// parser is at a line of a page.
type parser struct {
	blocks []Block
	open   bool
	kind   string // the open block's language
	info   string // what follows it
	block  Block
	reason string // of a comment, for the next block
	on     string // the same
}

func parse(page string) ([]Block, error) {
	p := &parser{}
	line := 0
	for text := range strings.Lines(page) {
		line++
		text = strings.TrimSuffix(text, "\n")
		fence, isFence := strings.CutPrefix(text, "```")
		switch {
		case p.open && isFence:
			if err := p.end(); err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
		case p.open:
			p.block.Text += text + "\n"
		case isFence:
			p.kind, p.info, _ = strings.Cut(fence, " ")
			p.block, p.open, p.reason, p.on = Block{Line: line, NotRun: p.reason, On: p.on}, true, "", ""
		default:
			p.comment(text)
		}
	}
	if p.open || p.reason+p.on != "" {
		return nil, errors.New("the page ends in a block, or before the block that its last comment is about")
	}
	return p.blocks, nil
}

// comment takes what is said of the next block.
func (p *parser) comment(text string) {
	if found := notRun.FindStringSubmatch(text); found != nil {
		p.reason = found[1]
	}
	if found := runOn.FindStringSubmatch(text); found != nil {
		p.on = found[1]
	}
}

// end closes the open block. What is printed belongs to the commands before it.
func (p *parser) end() error {
	p.open = false
	switch {
	case p.kind == "text":
		return p.prints()
	case p.kind == "sh" && p.info == "":
		p.blocks = append(p.blocks, p.block)
	case p.kind != "" && p.info != "":
		p.block.File = p.info
		p.blocks = append(p.blocks, p.block)
	}
	return nil
}

func (p *parser) prints() error {
	if len(p.blocks) == 0 || p.blocks[len(p.blocks)-1].File != "" || p.blocks[len(p.blocks)-1].Prints != "" {
		return errors.New("no commands are before this output")
	}
	last := &p.blocks[len(p.blocks)-1]
	last.Prints = p.block.Text
	if p.info == "" {
		return nil
	}
	found := exitCode.FindStringSubmatch(p.info)
	if found == nil {
		return fmt.Errorf("%q is no exit code", p.info)
	}
	var err error
	last.Exit, err = strconv.Atoi(found[1])
	return err
}
