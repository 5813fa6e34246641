package mapping

// Fit says how values of a source type go into a column's type. Of several, the
// largest counts.
type Fit uint8

const (
	// Lossless: every value of the source type fits.
	Lossless Fit = iota
	// Checked: each value is checked; one that does not fit is refused, never changed.
	Checked
	// Floored: values may be checked, and what is finer than the column's
	// resolution is dropped (microseconds into a timestamp of milliseconds).
	Floored
)

var fitNames = [...]string{"lossless", "checked", "floored"}

func (f Fit) String() string { return fitNames[f] }

// IntEncoder appends the CQL bytes (native protocol v4, section 6) of an Avro
// boolean (0 or 1), int or long to dst. An error never holds the value; what
// was appended is then without meaning.
type IntEncoder func(dst []byte, v int64) ([]byte, error)

// FloatEncoder is IntEncoder for float and double.
type FloatEncoder func(dst []byte, v float64) ([]byte, error)

// BytesEncoder is IntEncoder for bytes, string, fixed, and an enum's symbol. It
// does not keep v.
type BytesEncoder func(dst, v []byte) ([]byte, error)

// IntEncoderFor gives the encoder for a boolean, int or long. A nullable shape
// stands for what it holds beside null. The error names a type that would fit.
func IntEncoderFor(s *Shape, t *Type, u Unit) (IntEncoder, error) {
	enc, _, err := intRule(s.NonNull(), t, u)
	return enc, err
}

// FloatEncoderFor gives the encoder for a float or double.
func FloatEncoderFor(s *Shape, t *Type) (FloatEncoder, error) {
	enc, _, err := floatRule(s.NonNull(), t)
	return enc, err
}

// BytesEncoderFor gives the encoder for bytes, string, fixed and enum.
func BytesEncoderFor(s *Shape, t *Type) (BytesEncoder, error) {
	enc, _, err := bytesRule(s.NonNull(), t)
	return enc, err
}

// SameBytes reports whether the CQL bytes of a string, bytes or fixed are the
// Avro bytes themselves, so that a cell may alias the payload. check, which may
// be nil, is what its encoder would refuse.
func SameBytes(s *Shape, t *Type) (check func(v []byte) error, same bool) {
	s = s.NonNull()
	switch {
	case s.Kind != KindString && s.Kind != KindBytes && s.Kind != KindFixed:
		return nil, false
	case t.Kind == TypeBlob:
		return nil, true
	case s.Kind == KindString && t.Kind == TypeText:
		return checkText, true
	case s.Kind == KindString && t.Kind == TypeASCII:
		return checkASCII, true
	case s.Kind == KindFixed && s.Logical == LogicalUUID && t.Kind == TypeUUID:
		return nil, true
	case s.Kind == KindFixed && s.Logical == LogicalUUID && t.Kind == TypeTimeUUID:
		return checkTimeUUID, true
	}
	return nil, false
}
