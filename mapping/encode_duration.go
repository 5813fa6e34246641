package mapping

import (
	"errors"
	"math"
	"strings"
)

var errDurationText = errors.New("not a duration, for example 1y2mo3w4d5h6m7s8ms9us10ns with an optional minus sign")

// durationUnits are CQL's, with what one of each counts.
var durationUnits = map[string]struct{ months, days, nanos int64 }{
	"y": {months: 12}, "mo": {months: 1}, "w": {days: 7}, "d": {days: 1},
	"h": {nanos: 3_600_000_000_000}, "m": {nanos: 60_000_000_000}, "s": {nanos: 1_000_000_000},
	"ms": {nanos: 1_000_000}, "us": {nanos: 1000}, "µs": {nanos: 1000}, "ns": {nanos: 1},
}

// encodeDurationText reads CQL's own way of writing a duration constant.
func encodeDurationText(dst, v []byte) ([]byte, error) {
	text, negative := strings.CutPrefix(strings.ToLower(string(v)), "-")
	if text == "" {
		return dst, errDurationText
	}
	var months, days, nanos int64
	for text != "" {
		digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
		end := strings.IndexAny(text[digits:], "0123456789")
		if end < 0 {
			end = len(text) - digits
		}
		unit, ok := durationUnits[text[digits:digits+end]]
		if !ok || digits == 0 || digits > 18 {
			return dst, errDurationText
		}
		var count int64
		for _, c := range []byte(text[:digits]) {
			count = count*10 + int64(c-'0')
		}
		if !addTimes(&months, count, unit.months, math.MaxInt32) || !addTimes(&days, count, unit.days, math.MaxInt32) ||
			!addTimes(&nanos, count, unit.nanos, math.MaxInt64) {
			return dst, errDuration
		}
		text = text[digits+end:]
	}
	if negative {
		months, days, nanos = -months, -days, -nanos
	}
	return appendVint(appendVint(appendVint(dst, months), days), nanos), nil
}

// addTimes adds count×each to sum unless that exceeds limit.
func addTimes(sum *int64, count, each, limit int64) bool {
	if each != 0 && count > (limit-*sum)/each {
		return false
	}
	*sum += count * each
	return true
}
