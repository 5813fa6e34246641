package mapping

import (
	"errors"
	"fmt"
	"math"

	"gopkg.in/inf.v0"
)

// budget is what expressions may use, so that a small payload cannot keep a lane
// busy or fill its memory: one evaluation has steps and bytes, all those of a
// record and table together have work.
type budget struct {
	steps int // items that are gone through
	bytes int // of the texts and lists that are made
	done  int // work of the record so far
}

const (
	maxExprSteps = 100_000
	maxExprBytes = 16 << 20
	maxExprWork  = 256 << 20 // bytes that are made or read; well below a second

	stepWork    = 64 // what an item costs beside its bytes
	patternWork = 4  // what a byte costs that a pattern is held against
)

var (
	errSteps = fmt.Errorf("it goes through more than %d items", maxExprSteps)
	errBytes = fmt.Errorf("it makes more than %d bytes", maxExprBytes)
	errWork  = fmt.Errorf("the expressions go through the record's items and texts too often: more than %d MiB in all", maxExprWork>>20)
	errTruth = errors.New("a condition must be true or false")
)

// begin is for another evaluation of the same record.
func (b *budget) begin() { b.steps, b.bytes = 0, 0 }

func (b *budget) step(n int) error {
	if b.steps += n; b.steps > maxExprSteps {
		return errSteps
	}
	return b.work(stepWork * n)
}

func (b *budget) take(n int) error {
	if n > maxExprBytes {
		return errBytes
	}
	if b.bytes += n; b.bytes > maxExprBytes {
		return errBytes
	}
	return b.work(n)
}

func (b *budget) work(n int) error {
	if b.done += n; b.done > maxExprWork {
		return errWork
	}
	return nil
}

// read counts a value that a function looks at, but not the items of a list or map,
// which are steps of those that go through them.
func (b *budget) read(v any) error {
	switch v := v.(type) {
	case string:
		return b.work(len(v))
	case []byte:
		return b.work(len(v))
	case *inf.Dec:
		return b.work(decimalDigits(v))
	}
	return nil
}

// readAll counts a value with all that is in it.
func (b *budget) readAll(v any) error {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if err := errors.Join(b.work(stepWork), b.readAll(item)); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for name, item := range v {
			if err := errors.Join(b.work(stepWork+len(name)), b.readAll(item)); err != nil {
				return err
			}
		}
		return nil
	}
	return b.read(v)
}

// decimalDigits is about how many characters a decimal has. Those whose scale is
// beyond what is computed with are never written out.
func decimalDigits(d *inf.Dec) int {
	scale := int(d.Scale())
	return min(max(scale, -scale), maxScale) + int(float64(d.UnscaledBig().BitLen())*math.Log10(2)) + 2
}
