package monitoring

import (
	"regexp"
	"slices"
	"strings"
)

// expression is what PromQL text names. Whether the text is PromQL is for
// test/chart to say, which has Prometheus's own parser.
type expression struct {
	metrics  []string
	matchers []matcher
	kept     []string // labels in by, on and their like
}

type matcher struct{ metric, label, value string }

var (
	selector = regexp.MustCompile(`([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}`)
	match    = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"`)
	clause   = regexp.MustCompile(`\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	window   = regexp.MustCompile(`\[[^\]]*\]`)
	name     = regexp.MustCompile(`\b[a-zA-Z_:][\w:]*\b\s*\(?`)
)

// keywords stand where a metric could.
func keywords() []string {
	return []string{"and", "or", "unless", "offset", "bool", "by", "on", "without", "ignoring", "group_left", "group_right"}
}

func parse(expr string) expression {
	var e expression
	for _, found := range selector.FindAllStringSubmatch(expr, -1) {
		for _, m := range match.FindAllStringSubmatch(found[2], -1) {
			e.matchers = append(e.matchers, matcher{found[1], m[1], m[2]})
		}
	}
	rest := selector.ReplaceAllString(expr, "$1 ")
	for _, found := range clause.FindAllStringSubmatch(rest, -1) {
		for label := range strings.SplitSeq(found[1], ",") {
			if label = strings.TrimSpace(label); label != "" {
				e.kept = append(e.kept, label)
			}
		}
	}
	rest = window.ReplaceAllString(clause.ReplaceAllString(rest, " "), " ")
	for _, found := range name.FindAllString(rest, -1) {
		if one := strings.TrimSpace(found); !strings.HasSuffix(one, "(") && !slices.Contains(keywords(), one) {
			e.metrics = append(e.metrics, one)
		}
	}
	return e
}
