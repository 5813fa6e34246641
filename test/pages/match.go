package pages

import (
	"regexp"
	"strings"
)

var ruler = regexp.MustCompile(`^[-+]+$`)

// Matches says whether an output is what a page says. In the page … stands for
// anything within a line, and alone in a line for any lines. How many spaces there
// are, empty lines and the rulers of tables do not count.
func Matches(page, output string) bool {
	var pattern strings.Builder
	for _, line := range lines(page) {
		if line == "…" {
			pattern.WriteString(`(?:[^\n]*\n)*`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", `[^\n]*`) + `\n`)
	}
	var text strings.Builder
	for _, line := range lines(output) {
		text.WriteString(line + "\n")
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(text.String())
}

func lines(text string) (out []string) {
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" && !ruler.MatchString(line) {
			out = append(out, line)
		}
	}
	return out
}
