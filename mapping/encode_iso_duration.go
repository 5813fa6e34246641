package mapping

import (
	"bytes"
	"errors"
	"math"
	"strings"
)

var (
	errISODuration  = errors.New("text is not a duration (duration: P1Y2M3DT4H5M6.7S, or 1y2mo3d4h5m6s)")
	errDurationSign = errors.New("duration has parts of both signs, which duration does not hold")
)

// isoDuration is a duration as CQL counts it.
type isoDuration struct {
	months, days, nanos int64
	rank                int // of the part read last: they come in order, each once
}

// encodeDurationAny reads a duration as ISO 8601 writes it, each part with a sign
// of its own as Java and Debezium do, or as CQL does.
func encodeDurationAny(dst, v []byte) ([]byte, error) {
	if bytes.IndexByte(v, 'P') < 0 {
		out, err := encodeDurationText(dst, v)
		if errors.Is(err, errDurationText) {
			err = errISODuration
		}
		return out, err
	}
	rest, negative := bytes.CutPrefix(v, []byte("-"))
	var d isoDuration
	if err := d.read(rest); err != nil {
		return dst, err
	}
	if negative {
		d = isoDuration{months: -d.months, days: -d.days, nanos: -d.nanos}
	}
	if min(d.months, d.days, d.nanos) < 0 && max(d.months, d.days, d.nanos) > 0 {
		return dst, errDurationSign
	}
	return appendVint(appendVint(appendVint(dst, d.months), d.days), d.nanos), nil
}

// read takes P, the parts of the date, and those of the time after a T.
func (d *isoDuration) read(v []byte) error {
	v, ok := bytes.CutPrefix(v, []byte("P"))
	if !ok || len(v) == 0 {
		return errISODuration
	}
	clock := false
	for len(v) > 0 {
		if v[0] == 'T' && !clock && len(v) > 1 {
			clock, v = true, v[1:]
		}
		var err error
		if v, err = d.part(v, clock); err != nil {
			return err
		}
	}
	return nil
}

const nanosPerSecond = 1_000_000_000

// part reads a sign, digits and what they count; of seconds a fraction too.
func (d *isoDuration) part(v []byte, clock bool) ([]byte, error) {
	sign := int64(1)
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		if v[0] == '-' {
			sign = -1
		}
		v = v[1:]
	}
	count, n := leadingDigits(v)
	fraction, m := int64(0), 0
	if n > 0 && n < len(v) && (v[n] == '.' || v[n] == ',') {
		fraction, m = leadingDigits(v[n+1:])
		if m == 0 || m > 9 {
			return nil, errISODuration
		}
		for range 9 - m {
			fraction *= 10
		}
		m++
	}
	if n == 0 || n > 18 || n+m == len(v) || m > 0 && (!clock || v[n+m] != 'S') {
		return nil, errISODuration
	}
	return v[n+m+1:], d.add(v[n+m], clock, sign, count, fraction)
}

func (d *isoDuration) add(unit byte, clock bool, sign, count, fraction int64) error {
	rank := strings.IndexByte("YMWD", unit) + 1
	if clock {
		rank = strings.IndexByte("HMS", unit) + 1
		if rank > 0 {
			rank += len("YMWD")
		}
	}
	if rank <= d.rank {
		return errISODuration
	}
	d.rank = rank
	part := isoParts[rank]
	to, limit := &d.nanos, int64(math.MaxInt64)
	switch {
	case rank <= 2:
		to, limit = &d.months, math.MaxInt32
	case rank <= 4:
		to, limit = &d.days, math.MaxInt32
	}
	if count > (limit-fraction)/part {
		return errDuration
	}
	amount := sign * (count*part + fraction)
	if amount > 0 && *to > limit-amount || amount < 0 && *to < -limit-amount {
		return errDuration
	}
	*to += amount
	return nil
}

// isoParts are what one of each part counts, by rank: years to months, weeks to
// days, and the time to nanoseconds.
var isoParts = [...]int64{1: 12, 2: 1, 3: 7, 4: 1, 5: 3600 * nanosPerSecond, 6: 60 * nanosPerSecond, 7: nanosPerSecond}

// leadingDigits reads at most 19 digits, so that too many show.
func leadingDigits(v []byte) (n int64, digits int) {
	for digits < len(v) && digits < 19 && isDigit(v[digits]) {
		if digits < 18 {
			n = n*10 + int64(v[digits]-'0')
		}
		digits++
	}
	return n, digits
}
