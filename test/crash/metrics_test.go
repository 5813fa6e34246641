//go:build stack && crash

package crash

import (
	"strconv"
	"strings"
)

// metric sums the series of a metric in Prometheus's text whose labels contain
// all of the texts given, such as outcome="written". It is 0 without any.
func metric(text, name string, labels ...string) (sum float64) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		at := strings.LastIndexByte(rest, ' ')
		if !containsAll(rest[:at], labels) {
			continue
		}
		value, err := strconv.ParseFloat(rest[at+1:], 64)
		if err == nil {
			sum += value
		}
	}
	return sum
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
