package mapping

// QuoteName quotes a name that CQL would otherwise fold to lower case or read as a
// type.
func QuoteName(name string) string { return quoteName(name) }
