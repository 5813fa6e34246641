package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"

	"gopkg.in/inf.v0"
)

var (
	errOverflow = errors.New("the result has more than 64 bits")
	errDivision = errors.New("division by zero")
	errExact    = errors.New("a decimal has too many digits to compute with (1000, and a scale up to 4096)")
)

const maxExactBits = 3400 // about 1000 digits

// arithmetic computes + - * / and %. Integers that overflow are an error, decimals
// stay exact.
func arithmetic(op string, a, b any) (any, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	a, b = widened(a), widened(b)
	switch x := a.(type) {
	case int64:
		switch y := b.(type) {
		case int64:
			return wholeArithmetic(op, x, y)
		case float64:
			return realArithmetic(op, float64(x), y)
		case *inf.Dec:
			return exactArithmetic(op, inf.NewDec(x, 0), y)
		}
	case float64:
		if y, ok := realOf(b); ok {
			return realArithmetic(op, x, y)
		}
	case *inf.Dec:
		switch y := b.(type) {
		case int64:
			return exactArithmetic(op, x, inf.NewDec(y, 0))
		case *inf.Dec:
			return exactArithmetic(op, x, y)
		case float64:
			r, _ := realOf(x)
			return realArithmetic(op, r, y)
		}
	case time.Time:
		return timeArithmetic(op, x, b)
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			n, err := wholeArithmetic(op, int64(x), int64(y))
			if whole, ok := n.(int64); ok {
				return time.Duration(whole), err
			}
		}
		if y, ok := b.(time.Time); ok && op == "+" {
			return y.Add(x), nil
		}
	}
	return nil, fmt.Errorf("%s and %s do not go together with %q", typeName(a), typeName(b), op)
}

func wholeArithmetic(op string, x, y int64) (any, error) {
	var r int64
	fits := true
	switch op {
	case "+":
		r = x + y
		fits = (r > x) == (y > 0)
	case "-":
		r = x - y
		fits = (r < x) == (y > 0)
	case "*":
		r = x * y
		fits = x == 0 || r/x == y && (x != -1 || y != math.MinInt64)
	case "/":
		return realArithmetic(op, float64(x), float64(y))
	case "%":
		if y == 0 {
			return nil, errDivision
		}
		r = x % y
	}
	if !fits {
		return nil, errOverflow
	}
	return r, nil
}

func realArithmetic(op string, x, y float64) (any, error) {
	switch op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "%":
		return nil, errors.New("% is for whole numbers")
	}
	if y == 0 {
		return nil, errDivision
	}
	return x / y, nil
}

func exactArithmetic(op string, x, y *inf.Dec) (any, error) {
	if !computable(x) || !computable(y) {
		return nil, errExact
	}
	switch op {
	case "+":
		return new(inf.Dec).Add(x, y), nil
	case "-":
		return new(inf.Dec).Sub(x, y), nil
	case "*":
		return new(inf.Dec).Mul(x, y), nil
	case "/":
		a, _ := realOf(x)
		b, _ := realOf(y)
		return realArithmetic(op, a, b)
	}
	return nil, errors.New("% is for whole numbers")
}

func computable(d *inf.Dec) bool {
	return d.UnscaledBig().BitLen() <= maxExactBits && d.Scale() <= maxScale && d.Scale() >= -maxScale
}

func timeArithmetic(op string, x time.Time, b any) (any, error) {
	switch y := b.(type) {
	case time.Time:
		if op == "-" {
			d := x.Sub(y)
			if d == math.MaxInt64 || d == math.MinInt64 {
				return nil, errOverflow
			}
			return d, nil
		}
	case time.Duration:
		if op == "+" {
			return x.Add(y), nil
		}
		if op == "-" {
			return x.Add(-y), nil
		}
	}
	return nil, fmt.Errorf("a time and %s do not go together with %q", typeName(b), op)
}

// widened gives an int as the int64 that everything else is.
func widened(v any) any {
	if n, ok := v.(int); ok {
		return int64(n)
	}
	return v
}

func realOf(v any) (float64, bool) {
	switch x := v.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	case *inf.Dec:
		r, _ := ratOf(x)
		if r == nil {
			return 0, false
		}
		f, _ := r.Float64()
		return f, true
	}
	return 0, false
}

// ratOf is for decimals whose digits can be computed with.
func ratOf(d *inf.Dec) (*big.Rat, bool) {
	if !computable(d) {
		return nil, false
	}
	r := new(big.Rat).SetInt(d.UnscaledBig())
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.Scale(), -d.Scale()))), nil)
	if d.Scale() > 0 {
		return r.Quo(r, new(big.Rat).SetInt(power)), true
	}
	return r.Mul(r, new(big.Rat).SetInt(power)), true
}

// compared orders two values; ok is false when one of them is null.
func compared(a, b any) (order int, ok bool, err error) {
	if a == nil || b == nil {
		return 0, false, nil
	}
	a, b = widened(a), widened(b)
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y), true, nil
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y), true, nil
		}
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			return cmp.Compare(x, y), true, nil
		}
	}
	return comparedNumbers(a, b)
}

func comparedNumbers(a, b any) (order int, ok bool, err error) {
	if x, whole := a.(int64); whole {
		if y, whole := b.(int64); whole {
			return cmp.Compare(x, y), true, nil
		}
	}
	if !isNumeric(a) || !isNumeric(b) {
		return 0, false, fmt.Errorf("%s and %s cannot be compared", typeName(a), typeName(b))
	}
	for _, v := range []any{a, b} {
		if f, real := v.(float64); real && (math.IsNaN(f) || math.IsInf(f, 0)) {
			x, _ := realOf(a)
			y, _ := realOf(b)
			return cmp.Compare(x, y), !math.IsNaN(x) && !math.IsNaN(y), nil
		}
	}
	x, err := exactOf(a)
	if err != nil {
		return 0, false, err
	}
	y, err := exactOf(b)
	if err != nil {
		return 0, false, err
	}
	return x.Cmp(y), true, nil
}

func exactOf(v any) (*big.Rat, error) {
	switch x := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(x), nil
	case float64:
		return new(big.Rat).SetFloat64(x), nil
	case *inf.Dec:
		if r, ok := ratOf(x); ok {
			return r, nil
		}
	}
	return nil, errExact
}

func isNumeric(v any) bool {
	switch v.(type) {
	case int64, float64, *inf.Dec:
		return true
	}
	return false
}

// typeName says of which type a value is, in messages.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int, int64:
		return "a whole number"
	case float64:
		return "a floating point number"
	case *inf.Dec:
		return "a decimal"
	case string:
		return "a text"
	case []byte:
		return "bytes"
	case time.Time:
		return "a time"
	case time.Duration:
		return "a duration"
	case []any:
		return "a list"
	}
	return "a map"
}
