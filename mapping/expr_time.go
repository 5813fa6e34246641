package mapping

import (
	"errors"
	"fmt"
	"time"
)

var (
	errEpochUnit  = errors.New("the unit is none of s, ms, us and ns")
	errBucketSize = errors.New("a bucket's size is a whole number and a unit: s, m, h, d or w")
	errFar        = errors.New("the time is too far away to count in this unit")
)

func timeArg(v any) (time.Time, error) {
	t, ok := v.(time.Time)
	if !ok {
		return t, fmt.Errorf("%s is no time: from_epoch makes one of a number", typeName(v))
	}
	return t, nil
}

// mondayOffset is from 1970-01-05, a Monday, in seconds: weeks begin there.
const mondayOffset = 4 * daySeconds

// bucket gives the start, in UTC, of the stretch of time that a time lies in.
func bucket(_ *budget, a []any) (any, error) {
	t, err := timeArg(a[0])
	if err != nil {
		return nil, err
	}
	text, err := textArg(a[1])
	if err != nil {
		return nil, err
	}
	size, err := bucketSize(text)
	if err != nil {
		return nil, err
	}
	offset := int64(0)
	if text[len(text)-1] == 'w' {
		offset = mondayOffset
	}
	quotient, _ := floorMod(t.Unix()-offset, size)
	return time.Unix(quotient*size+offset, 0).UTC(), nil
}

func bucketSize(text string) (int64, error) {
	size, ok := parseSeconds(text)
	if !ok || size < 1 {
		return 0, errBucketSize
	}
	return size, nil
}

func checkBucket(text string) error {
	_, err := bucketSize(text)
	return err
}

func checkUnit(text string) error {
	_, err := epochUnit(text)
	return err
}

func checkDuration(text string) error {
	_, err := toDuration(nil, []any{text})
	return err
}

func epochUnit(v any) (Unit, error) {
	switch v {
	case "s":
		return UnitSeconds, nil
	case "ms":
		return UnitMillis, nil
	case "us":
		return UnitMicros, nil
	case "ns":
		return UnitNanos, nil
	}
	return UnitNone, errEpochUnit
}

func fromEpoch(_ *budget, a []any) (any, error) {
	n, err := intArg(a[0])
	if err != nil {
		return nil, err
	}
	unit, err := epochUnit(a[1])
	if err != nil {
		return nil, err
	}
	per := perSecond(unit)
	seconds, rest := floorMod(n, per)
	if seconds > maxEpoch || seconds < -maxEpoch {
		return nil, errFar
	}
	return time.Unix(seconds, rest*(1_000_000_000/per)).UTC(), nil
}

// maxEpoch keeps Go's time, which counts from the year 1, from overflowing.
const maxEpoch = 1 << 60

// toEpoch rounds down to the unit.
func toEpoch(_ *budget, a []any) (any, error) {
	t, err := timeArg(a[0])
	if err != nil {
		return nil, err
	}
	unit, err := epochUnit(a[1])
	if err != nil {
		return nil, err
	}
	per := perSecond(unit)
	whole, err := wholeArithmetic("*", t.Unix(), per)
	if err != nil {
		return nil, errFar
	}
	return wholeArithmetic("+", whole.(int64), int64(t.Nanosecond())/(1_000_000_000/per))
}

// toDuration takes what `ttl:` takes, and Go's notation.
func toDuration(_ *budget, a []any) (any, error) {
	text, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	if seconds, ok := parseSeconds(text); ok && seconds <= 1<<33 {
		return time.Duration(seconds) * time.Second, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, errors.New("the text is no duration such as 90s, 15m, 12h or 30d")
	}
	return d, nil
}
