package mapping

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
)
