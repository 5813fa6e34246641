package sink

import (
	"testing"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

func native(t gocql.Type) gocql.NativeType { return gocql.NewNativeType(4, t, "") }

func custom(class string) gocql.NativeType {
	return gocql.NewNativeType(4, gocql.TypeCustom, "org.apache.cassandra.db.marshal."+class)
}

func TestSameType(t *testing.T) {
	parse := func(text string) *mapping.Type {
		parsed, err := mapping.ParseType(text, func(name string) (*mapping.Type, error) {
			return &mapping.Type{Kind: mapping.TypeUDT, Keyspace: "ks", Name: name, Fields: []string{"x"}, Elems: []*mapping.Type{{Kind: mapping.TypeInt}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	list := func(kind, elem gocql.Type) gocql.TypeInfo {
		return gocql.CollectionType{NativeType: native(kind), Elem: native(elem)}
	}
	dict := gocql.CollectionType{NativeType: native(gocql.TypeMap), Key: native(gocql.TypeVarchar), Elem: list(gocql.TypeList, gocql.TypeInt)}
	tuple := gocql.TupleTypeInfo{NativeType: native(gocql.TypeTuple), Elems: []gocql.TypeInfo{native(gocql.TypeInt), native(gocql.TypeVarchar)}}
	udt := func(keyspace, name string, fields ...gocql.UDTField) gocql.TypeInfo {
		return gocql.UDTTypeInfo{NativeType: native(gocql.TypeUDT), KeySpace: keyspace, Name: name, Elements: fields}
	}
	x, y := gocql.UDTField{Name: "x", Type: native(gocql.TypeInt)}, gocql.UDTField{Name: "y", Type: native(gocql.TypeInt)}
	tests := []struct {
		name string
		info gocql.TypeInfo
		typ  string
		want bool
	}{
		{"bigint", native(gocql.TypeBigInt), "bigint", true},
		{"bigint and double have the same size", native(gocql.TypeDouble), "bigint", false},
		{"timestamp and bigint too", native(gocql.TypeTimestamp), "bigint", false},
		{"text", native(gocql.TypeVarchar), "text", true},
		{"ascii is not text", native(gocql.TypeAscii), "text", false},
		{"duration", native(gocql.TypeDuration), "duration", true},
		{"list", list(gocql.TypeList, gocql.TypeInt), "frozen<list<int>>", true},
		{"list of another type", list(gocql.TypeList, gocql.TypeFloat), "list<int>", false},
		{"a set is no list", list(gocql.TypeSet, gocql.TypeInt), "list<int>", false},
		{"map", dict, "map<text, frozen<list<int>>>", true},
		{"map with other keys", dict, "map<int, frozen<list<int>>>", false},
		{"tuple", tuple, "tuple<int, text>", true},
		{"longer tuple", tuple, "tuple<int, text, int>", false},
		{"udt", udt("ks", "u", x), "u", true},
		{"udt with a field more", udt("ks", "u", x, y), "u", true},
		{"udt with a field less", udt("ks", "u"), "u", false},
		{"udt with a renamed field", udt("ks", "u", y), "u", false},
		{"udt of another name", udt("ks", "v", x), "u", false},
		{"udt of another keyspace", udt("other", "u", x), "u", false},
		{"vector", custom("VectorType(org.apache.cassandra.db.marshal.FloatType , 3)"), "vector<float, 3>", true},
		{"vector of another size", custom("VectorType(org.apache.cassandra.db.marshal.FloatType , 31)"), "vector<float, 3>", false},
		{"vector of another type", custom("VectorType(org.apache.cassandra.db.marshal.Int32Type , 3)"), "vector<float, 3>", false},
		{"vector of lists", custom("VectorType(org.apache.cassandra.db.marshal.FrozenType(org.apache.cassandra.db.marshal.ListType(org.apache.cassandra.db.marshal.Int32Type)), 2)"), "vector<frozen<list<int>>, 2>", true},
		{"vector of maps", custom("VectorType(org.apache.cassandra.db.marshal.MapType(org.apache.cassandra.db.marshal.UTF8Type,org.apache.cassandra.db.marshal.Int32Type) , 2)"), "vector<frozen<map<text, int>>, 2>", true},
		{"vector of udts", custom("VectorType(org.apache.cassandra.db.marshal.UserType(ks,75,78:org.apache.cassandra.db.marshal.Int32Type) , 2)"), "vector<frozen<u>, 2>", true},
		{"vector of tuples", custom("VectorType(org.apache.cassandra.db.marshal.TupleType(org.apache.cassandra.db.marshal.Int32Type,org.apache.cassandra.db.marshal.LongType) , 2)"), "vector<frozen<tuple<int, bigint>>, 2>", true},
		{"another custom type", custom("DynamicCompositeType"), "vector<float, 3>", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := sameType(test.info, parse(test.typ)); got != test.want {
				t.Errorf("sameType(%v, %s) = %v", test.info, test.typ, got)
			}
		})
	}
}

func TestBoundCell(t *testing.T) {
	bigint := &mapping.Type{Kind: mapping.TypeBigint}
	tests := []struct {
		name string
		cell mapping.Cell
		null bool
		want string
	}{
		{"value", mapping.Cell{Type: bigint, State: mapping.Value, Data: []byte("12345678")}, false, "12345678"},
		{"empty value", mapping.Cell{Type: bigint, State: mapping.Value}, false, ""},
		{"null", mapping.Cell{Type: bigint, State: mapping.Null, Data: []byte("stale")}, true, ""},
		{"tombstone", mapping.Cell{Type: bigint, State: mapping.Tombstone}, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := gocql.Marshal(native(gocql.TypeBigInt), (*boundCell)(&test.cell))
			if err != nil || (got == nil) != test.null || string(got) != test.want {
				t.Errorf("got %q (nil: %v), %v", got, got == nil, err)
			}
		})
	}
	cell := mapping.Cell{Type: bigint, State: mapping.Value, Data: []byte("12345678")}
	if _, err := gocql.Marshal(native(gocql.TypeDouble), (*boundCell)(&cell)); classify(err).class != retry.Schema {
		t.Errorf("bytes of a bigint for a double: %v, want an error of class schema", err)
	}
}

func TestRemainingTTL(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	tests := []struct {
		name  string
		ttl   int32
		stamp time.Time
		want  int32
	}{
		{"fresh", 100, now, 100},
		{"aged", 100, now.Add(-30 * time.Second), 70},
		{"aged by parts of a second", 100, now.Add(-30500 * time.Millisecond), 70},
		{"just over", 100, now.Add(-100 * time.Second), 1},
		{"long over", 100, time.Unix(0, 0), 1},
		{"from the future", 100, now.Add(50 * time.Second), 150},
		{"never above Cassandra's bound", 630_720_000, now.Add(time.Hour), 630_720_000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := remainingTTL(test.ttl, test.stamp.UnixMicro(), now); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
