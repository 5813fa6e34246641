package mapping

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"gopkg.in/inf.v0"
)

func absolute(_ *budget, a []any) (any, error) {
	switch v := widened(a[0]).(type) {
	case float64:
		return math.Abs(v), nil
	case *inf.Dec:
		return new(inf.Dec).Abs(v), nil
	case int64:
		if v < 0 {
			return wholeArithmetic("-", 0, v)
		}
		return v, nil
	}
	return nil, fmt.Errorf("%s is no number", typeName(a[0]))
}

var errRoundDigits = errors.New("a number is rounded to 0 to 30 digits after the point")

// rounding rounds decimals by one rule and floating point numbers by another that
// does the same. A second argument says how many digits stay after the point.
func rounding(decimals inf.Rounder, reals func(float64) float64) func(*budget, []any) (any, error) {
	return func(_ *budget, a []any) (any, error) {
		digits := int64(0)
		if len(a) > 1 {
			var err error
			if digits, err = intArg(a[1]); err != nil {
				return nil, err
			}
			if digits < 0 || digits > 30 {
				return nil, errRoundDigits
			}
		}
		switch v := widened(a[0]).(type) {
		case int64:
			return v, nil
		case float64:
			if digits == 0 {
				return reals(v), nil
			}
			return strconv.ParseFloat(strconv.FormatFloat(v, 'f', int(digits), 64), 64)
		case *inf.Dec:
			if !computable(v) {
				return nil, errExact
			}
			return new(inf.Dec).Round(v, inf.Scale(digits), decimals), nil
		}
		return nil, fmt.Errorf("%s is no number", typeName(a[0]))
	}
}

// extreme gives the argument that is before (-1) or behind (1) all others.
func extreme(order int) func(*budget, []any) (any, error) {
	return func(_ *budget, a []any) (any, error) {
		best := a[0]
		for _, v := range a[1:] {
			o, ok, err := compared(v, best)
			if err != nil {
				return nil, err
			}
			if !ok { // NaN
				return nil, errors.New("NaN has no order")
			}
			if o == order {
				best = v
			}
		}
		return best, nil
	}
}
