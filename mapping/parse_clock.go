package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// maxFloor is where record timestamps stop counting: 2100-01-01.
var maxFloor = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)

func (p *parser) floor(n *yaml.Node) int64 {
	if !p.scalar(n, "floor") {
		return 0
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		t, err := time.Parse(layout, n.Value)
		if err != nil {
			continue
		}
		if t.Before(time.Unix(0, 0)) || t.After(maxFloor) {
			p.fault(pos(n), "", "floor must lie between 1970-01-01 and 2100-01-01")
		}
		return t.UnixMicro()
	}
	p.fault(pos(n), "write a date or an instant, for example `floor: 2026-01-31` or `floor: 2026-01-31T12:00:00Z`", "floor %q is not a date", n.Value)
	return 0
}

func (p *parser) generation(n *yaml.Node) int {
	if !p.scalar(n, "generation") {
		return 0
	}
	g, err := strconv.Atoi(n.Value)
	if n.ShortTag() != tagInt || err != nil || g < 0 || g > MaxGeneration {
		p.fault(pos(n), fmt.Sprintf("write a whole number from 0 to %d", MaxGeneration), "generation %q is out of range", n.Value)
		return 0
	}
	return g
}

// Bounds of `max_future:`.
const (
	minMaxFuture     = time.Minute
	maxMaxFuture     = 3650 * 24 * time.Hour
	defaultMaxFuture = 24 * time.Hour
)

// maxFuture reads a duration, or off, which is 0.
func (p *parser) maxFuture(n *yaml.Node) time.Duration {
	const hint = "write a whole number and a unit, for example `max_future: 24h`, or `max_future: off`"
	if !p.scalar(n, "max_future") {
		return 0
	}
	if n.Value == "off" {
		return 0
	}
	seconds, ok := parseSeconds(n.Value)
	if !ok {
		p.fault(pos(n), hint, "max_future %q is not a duration", n.Value)
		return 0
	}
	if seconds < int64(minMaxFuture/time.Second) || seconds > int64(maxMaxFuture/time.Second) {
		p.fault(pos(n), hint, "max_future %s is out of range: it goes from 1m to 3650d (10 years)", n.Value)
		return 0
	}
	return time.Duration(seconds) * time.Second
}

var unitSeconds = map[string]int64{"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}

// parseSeconds reads a whole number with a unit and gives seconds.
func parseSeconds(text string) (seconds int64, ok bool) {
	digits := strings.TrimRight(text, "smhdw")
	number, err := strconv.ParseUint(digits, 10, 32)
	unit, known := unitSeconds[text[len(digits):]]
	return int64(number) * unit, known && err == nil
}
