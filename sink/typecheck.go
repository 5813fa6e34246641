package sink

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// sameType reports whether the driver's description of a bind marker is the
// type that a cell's bytes were made for. Natives, the common case, compare one
// number. Frozen is not compared: the bytes are the same.
func sameType(info gocql.TypeInfo, t *mapping.Type) bool {
	switch t.Kind {
	case mapping.TypeList, mapping.TypeSet, mapping.TypeMap:
		return sameCollection(info, t)
	case mapping.TypeTuple:
		return sameTuple(info, t)
	case mapping.TypeUDT:
		return sameUDT(info, t)
	case mapping.TypeVector:
		return info.Type() == gocql.TypeCustom && sameClass(info.Custom(), t)
	case mapping.TypeText:
		return info.Type() == gocql.TypeVarchar || info.Type() == gocql.TypeText
	}
	return info.Type() == gocql.Type(t.Kind)
}

func sameCollection(info gocql.TypeInfo, t *mapping.Type) bool {
	c, ok := info.(gocql.CollectionType)
	if !ok || c.Type() != gocql.Type(t.Kind) || !sameType(c.Elem, t.Elem) {
		return false
	}
	return t.Kind != mapping.TypeMap || sameType(c.Key, t.Key)
}

func sameTuple(info gocql.TypeInfo, t *mapping.Type) bool {
	tuple, ok := info.(gocql.TupleTypeInfo)
	if !ok || len(tuple.Elems) != len(t.Elems) {
		return false
	}
	for i, elem := range tuple.Elems {
		if !sameType(elem, t.Elems[i]) {
			return false
		}
	}
	return true
}

// sameUDT compares the fields that both know, in their order: fields can only
// be added, at the end, and a value may leave trailing fields out.
func sameUDT(info gocql.TypeInfo, t *mapping.Type) bool {
	udt, ok := info.(gocql.UDTTypeInfo)
	if !ok || udt.Name != t.Name || udt.KeySpace != t.Keyspace || len(udt.Elements) < len(t.Elems) {
		return false
	}
	for i, elem := range t.Elems {
		if udt.Elements[i].Name != t.Fields[i] || !sameType(udt.Elements[i].Type, elem) {
			return false
		}
	}
	return true
}

// classes names the marshal classes of Cassandra's natives, which describe the
// elements of custom types.
func classOf(k mapping.TypeKind) string {
	switch k {
	case mapping.TypeASCII:
		return "AsciiType"
	case mapping.TypeBigint:
		return "LongType"
	case mapping.TypeBlob:
		return "BytesType"
	case mapping.TypeBoolean:
		return "BooleanType"
	case mapping.TypeCounter:
		return "CounterColumnType"
	case mapping.TypeDecimal:
		return "DecimalType"
	case mapping.TypeDouble:
		return "DoubleType"
	case mapping.TypeFloat:
		return "FloatType"
	case mapping.TypeInt:
		return "Int32Type"
	case mapping.TypeTimestamp:
		return "TimestampType"
	case mapping.TypeUUID:
		return "UUIDType"
	case mapping.TypeText:
		return "UTF8Type"
	case mapping.TypeVarint:
		return "IntegerType"
	case mapping.TypeTimeUUID:
		return "TimeUUIDType"
	case mapping.TypeInet:
		return "InetAddressType"
	case mapping.TypeDate:
		return "SimpleDateType"
	case mapping.TypeTime:
		return "TimeType"
	case mapping.TypeSmallint:
		return "ShortType"
	case mapping.TypeTinyint:
		return "ByteType"
	case mapping.TypeDuration:
		return "DurationType"
	case mapping.TypeList:
		return "ListType"
	case mapping.TypeMap:
		return "MapType"
	case mapping.TypeSet:
		return "SetType"
	case mapping.TypeUDT:
		return "UserType"
	case mapping.TypeTuple:
		return "TupleType"
	case mapping.TypeVector:
		return "VectorType"
	}
	return ""
}

// sameClass compares a marshal class as the protocol spells custom types,
// "org.apache.cassandra.db.marshal.VectorType(org...FloatType , 3)", with a type.
func sameClass(text string, t *mapping.Type) bool {
	m := classMatcher{rest: text}
	return m.match(t) && m.rest == ""
}

// classMatcher walks the text of a marshal class along a type, so that nothing
// is built or allocated.
type classMatcher struct {
	rest string
}

func (m *classMatcher) match(t *mapping.Type) bool {
	frozen := m.take("FrozenType") && m.take("(")
	if !m.take(classOf(t.Kind)) || !m.parameters(t) {
		return false
	}
	return !frozen || m.take(")")
}

func (m *classMatcher) parameters(t *mapping.Type) bool {
	switch t.Kind {
	case mapping.TypeList, mapping.TypeSet:
		return m.take("(") && m.match(t.Elem) && m.take(")")
	case mapping.TypeMap:
		return m.take("(") && m.match(t.Key) && m.take(",") && m.match(t.Elem) && m.take(")")
	case mapping.TypeVector:
		return m.take("(") && m.match(t.Elem) && m.take(",") && m.take(strconv.Itoa(t.Size)) && m.take(")")
	case mapping.TypeTuple:
		return m.take("(") && m.elements(t, false) && m.take(")")
	case mapping.TypeUDT:
		return m.take("(") && m.take(t.Keyspace) && m.take(",") && m.take(hex.EncodeToString([]byte(t.Name))) &&
			m.take(",") && m.elements(t, true) && m.take(")")
	}
	return true
}

// elements matches the parts of a tuple, or those of a UDT, each behind its
// field's name in hex.
func (m *classMatcher) elements(t *mapping.Type, named bool) bool {
	for i, elem := range t.Elems {
		if i > 0 && !m.take(",") {
			return false
		}
		if named && (!m.take(hex.EncodeToString([]byte(t.Fields[i]))) || !m.take(":")) {
			return false
		}
		if !m.match(elem) {
			return false
		}
	}
	return true
}

// take skips spaces and the package's name and then wants word. A word must not
// run on into another one.
func (m *classMatcher) take(word string) bool {
	s := strings.TrimLeft(m.rest, " ")
	s = strings.TrimPrefix(s, "org.apache.cassandra.db.marshal.")
	if word == "" || !strings.HasPrefix(s, word) {
		return false
	}
	rest := s[len(word):]
	if isWord(word[len(word)-1]) && rest != "" && isWord(rest[0]) {
		return false
	}
	m.rest = strings.TrimLeft(rest, " ")
	return true
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
