package mapping

// conversion gives the expression that turns values of s into what a t takes,
// empty where no function of the language does.
func conversion(s *Shape, t *Type, x string) string {
	switch {
	case t.Kind == TypeText && s.isCompound():
		return "json(" + x + ")"
	case (t.Kind == TypeText || t.Kind == TypeASCII) && s.isTellable():
		return "string(" + x + ")"
	case s.Kind == KindString && s.Logical == LogicalNone:
		return textConversion(t, x)
	case s.Kind == KindBoolean && t.isNumber():
		return x + " ? 1 : 0"
	case s.isInstant():
		return instantConversion(t, x)
	case s.isNumber():
		return numberConversion(s, t, x)
	}
	return ""
}

func textConversion(t *Type, x string) string {
	switch {
	case t.Kind == TypeBoolean:
		return x + " == 'true'"
	case t.Kind == TypeFloat || t.Kind == TypeDouble:
		return "float(" + x + ")"
	case t.isWhole():
		return "int(" + x + ")"
	}
	return ""
}

// instantConversion: whole seconds fit 32 bits until 2038, so that only an int's
// range is left to check.
func instantConversion(t *Type, x string) string {
	if t.isNumber() && t.Kind != TypeTinyint && t.Kind != TypeSmallint {
		return "to_epoch(" + x + ", 's')"
	}
	return ""
}

func numberConversion(s *Shape, t *Type, x string) string {
	whole := s.Kind == KindInt || s.Kind == KindLong
	switch {
	case whole && t.Kind == TypeBoolean:
		return x + " != 0"
	case whole && t.Kind == TypeDate:
		return "from_epoch(" + x + ", 's')"
	case whole || s.Kind == KindBoolean:
		return ""
	case t.isWhole():
		return "int(" + x + ")"
	case t.Kind == TypeFloat || t.Kind == TypeDouble:
		return "float(" + x + ")"
	case t.Kind == TypeDecimal:
		return "string(" + x + ")" // what a text takes is read as a decimal
	}
	return ""
}

// isNumber: numbers and booleans, and decimals, but no time or date.
func (s *Shape) isNumber() bool {
	switch s.Kind {
	case KindBoolean, KindInt, KindLong, KindFloat, KindDouble:
		return s.Logical == LogicalNone
	}
	return s.Logical == LogicalDecimal || s.Logical == LogicalBigDecimal || s.Logical == LogicalVariableScaleDecimal
}

// isTellable: what string() writes as a person would.
func (s *Shape) isTellable() bool {
	return s.isNumber() || s.isInstant() || s.Logical == LogicalDate || s.Kind == KindBytes && s.Logical == LogicalNone
}

// isInstant: the timestamps.
func (s *Shape) isInstant() bool {
	return s.Logical >= LogicalTimestampMillis && s.Logical <= LogicalLocalTimestampNanos
}

func (s *Shape) isCompound() bool {
	return s.Kind == KindArray || s.Kind == KindMap || s.Kind == KindRecord && s.Logical == LogicalNone
}

func (t *Type) isWhole() bool {
	switch t.Kind {
	case TypeTinyint, TypeSmallint, TypeInt, TypeBigint, TypeVarint, TypeCounter:
		return true
	}
	return false
}

func (t *Type) isNumber() bool {
	return t.isWhole() || t.Kind == TypeFloat || t.Kind == TypeDouble || t.Kind == TypeDecimal
}
