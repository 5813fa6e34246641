package mapping

import "errors"

// Fit says how values of a source type go into a column's type.
type Fit uint8

const (
	// Lossless: every value of the source type fits.
	Lossless Fit = iota
	// Checked: each value is checked; one that does not fit is refused, never changed.
	Checked
)

// IntEncoder appends the CQL bytes of an Avro boolean (0 or 1), int or long to
// dst. On an error dst is returned as it came, and the text never holds the value.
type IntEncoder func(dst []byte, v int64) ([]byte, error)

// FloatEncoder is IntEncoder for float and double.
type FloatEncoder func(dst []byte, v float64) ([]byte, error)

// BytesEncoder is IntEncoder for bytes, string, fixed, and an enum's symbols. It
// does not keep v.
type BytesEncoder func(dst, v []byte) ([]byte, error)

var errEncoders = errors.New("no encoder for this pair of types")

// EncodeConst appends a constant of the mapping file as a value of any scalar
// type.
func EncodeConst(dst []byte, c Const, t *Type) ([]byte, error) { return dst, errEncoders }

// IntEncoderFor gives the encoder for a boolean, int or long.
func IntEncoderFor(s *Shape, t *Type, u Unit) (IntEncoder, error) { return nil, errEncoders }

// FloatEncoderFor gives the encoder for a float or double.
func FloatEncoderFor(s *Shape, t *Type) (FloatEncoder, error) { return nil, errEncoders }

// BytesEncoderFor gives the encoder for bytes, string, fixed and enum.
func BytesEncoderFor(s *Shape, t *Type) (BytesEncoder, error) { return nil, errEncoders }

// FitOf says how values of a shape go into a type.
func FitOf(s *Shape, t *Type, u Unit) (Fit, error) { return Checked, errEncoders }
