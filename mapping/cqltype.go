package mapping

import (
	"slices"
	"strconv"
	"strings"
)

// Type is a CQL type. Types are immutable once parsed and compared by Equal.
type Type struct {
	Kind     TypeKind
	Frozen   bool
	Key      *Type    // of a map
	Elem     *Type    // of a list, set or vector; a map's values
	Elems    []*Type  // of a tuple, or a UDT's fields
	Fields   []string // a UDT's field names
	Keyspace string   // of a UDT
	Name     string   // of a UDT
	Size     int      // elements of a vector
}

// TypeKind is a CQL type's option id in the native protocol v4, section 4.2.5.2.
type TypeKind uint16

// The option ids of the native protocol. Duration is id 0x15 from v5 on and
// travels as a custom type before that; a vector is always a custom type, so it
// gets a number here that the protocol does not use.
const (
	TypeASCII     TypeKind = 0x01
	TypeBigint    TypeKind = 0x02
	TypeBlob      TypeKind = 0x03
	TypeBoolean   TypeKind = 0x04
	TypeCounter   TypeKind = 0x05
	TypeDecimal   TypeKind = 0x06
	TypeDouble    TypeKind = 0x07
	TypeFloat     TypeKind = 0x08
	TypeInt       TypeKind = 0x09
	TypeTimestamp TypeKind = 0x0B
	TypeUUID      TypeKind = 0x0C
	TypeText      TypeKind = 0x0D // varchar is the same type
	TypeVarint    TypeKind = 0x0E
	TypeTimeUUID  TypeKind = 0x0F
	TypeInet      TypeKind = 0x10
	TypeDate      TypeKind = 0x11
	TypeTime      TypeKind = 0x12
	TypeSmallint  TypeKind = 0x13
	TypeTinyint   TypeKind = 0x14
	TypeDuration  TypeKind = 0x15
	TypeList      TypeKind = 0x20
	TypeMap       TypeKind = 0x21
	TypeSet       TypeKind = 0x22
	TypeUDT       TypeKind = 0x30
	TypeTuple     TypeKind = 0x31
	TypeVector    TypeKind = 0x7001
	// typeEventTime is no column's type: it is what `timestamp:` wants of a record,
	// eight bytes of microseconds since 1970.
	typeEventTime TypeKind = 0x7002
	// TypeDynamic is no column's type: it is what an expression wants, a value that
	// says itself of which type it is.
	TypeDynamic TypeKind = 0x7003
)

var scalarNames = map[TypeKind]string{
	TypeASCII: "ascii", TypeBigint: "bigint", TypeBlob: "blob", TypeBoolean: "boolean", TypeCounter: "counter",
	TypeDecimal: "decimal", TypeDouble: "double", TypeFloat: "float", TypeInt: "int", TypeTimestamp: "timestamp",
	TypeUUID: "uuid", TypeText: "text", TypeVarint: "varint", TypeTimeUUID: "timeuuid", TypeInet: "inet",
	TypeDate: "date", TypeTime: "time", TypeSmallint: "smallint", TypeTinyint: "tinyint", TypeDuration: "duration",
}

// Equal reports whether values of both types have the same bytes. Frozen is
// ignored: it decides how Cassandra stores a value, not how a client binds it,
// and the driver's bind metadata does not tell it apart.
func (t *Type) Equal(o *Type) bool {
	if t == o {
		return true
	}
	if t == nil || o == nil || t.Kind != o.Kind || t.Size != o.Size || t.Name != o.Name || t.Keyspace != o.Keyspace {
		return false
	}
	return t.Key.Equal(o.Key) && t.Elem.Equal(o.Elem) && slices.Equal(t.Fields, o.Fields) && slices.EqualFunc(t.Elems, o.Elems, (*Type).Equal)
}

// String writes the type as CQL does; ParseType reads it back.
func (t *Type) String() string {
	text := t.unfrozen()
	if t.Frozen {
		return "frozen<" + text + ">"
	}
	return text
}

func (t *Type) unfrozen() string {
	switch t.Kind {
	case TypeList:
		return "list<" + t.Elem.String() + ">"
	case TypeSet:
		return "set<" + t.Elem.String() + ">"
	case TypeMap:
		return "map<" + t.Key.String() + ", " + t.Elem.String() + ">"
	case TypeVector:
		return "vector<" + t.Elem.String() + ", " + strconv.Itoa(t.Size) + ">"
	case TypeTuple:
		elems := make([]string, len(t.Elems))
		for i, e := range t.Elems {
			elems[i] = e.String()
		}
		return "tuple<" + strings.Join(elems, ", ") + ">"
	case TypeUDT:
		return quoteName(t.Name)
	case typeEventTime:
		return "a write timestamp"
	}
	if name, ok := scalarNames[t.Kind]; ok {
		return name
	}
	return "type 0x" + strconv.FormatUint(uint64(t.Kind), 16)
}

// FixedSize reports whether a vector's elements of this type stand without their
// lengths: Cassandra's AbstractType.valueLengthIfFixed, which tinyint, smallint,
// date and time do not have.
func (t *Type) FixedSize() bool {
	switch t.Kind {
	case TypeBoolean, TypeInt, TypeBigint, TypeFloat, TypeDouble, TypeTimestamp, TypeUUID, TypeTimeUUID:
		return true
	case TypeVector:
		return t.Elem.FixedSize()
	}
	return false
}

// quoteName quotes a name that CQL would otherwise fold to lower case or read
// as a type.
func quoteName(name string) string {
	if name != "" && isLower(name[0]) && strings.IndexFunc(name, func(r rune) bool { return r > 'z' || !isWord(byte(r)) || byte(r) != lower(byte(r)) }) < 0 && !isTypeName(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isWord(c byte) bool {
	return c == '_' || isLower(lower(c)) || c >= '0' && c <= '9'
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
