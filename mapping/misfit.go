package mapping

import "fmt"

// Misfit says that no value of a shape becomes a type, and what does take it.
type Misfit struct {
	Shape *Shape
	Type  *Type
	takes string // the types that fit, as a list in a sentence
}

func (m *Misfit) Error() string {
	return fmt.Sprintf("%s cannot become %s: it fits %s", m.Shape, m.Type, m.takes)
}

// refuse says that no value of s becomes a t, and what does take it.
func refuse(s *Shape, t *Type, takes string) error {
	return &Misfit{Shape: s, Type: t, takes: takes}
}

// ConversionFor gives the expression that makes of a source what the column
// takes, where an error of FitOf and its like is about the source's whole value:
// one misplaced element of a list has no expression of its own. Empty when there
// is none.
func ConversionFor(err error, source string) string {
	if m, ok := err.(*Misfit); ok { //nolint:errorlint // a wrapped one is about a part of the value
		return conversion(m.Shape, m.Type, source)
	}
	return ""
}

// conversionHint is ConversionFor as the advice of a diagnostic.
func conversionHint(err error, source string) string {
	if text := ConversionFor(err, source); text != "" {
		return "write " + text
	}
	return ""
}
