package mapping_test

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"
	"pgregory.net/rapid"

	"ingest/mapping"
)

// driverType gives the driver's description of a scalar type.
func driverType(t mapping.TypeKind) gocql.TypeInfo {
	return gocql.NewNativeType(4, gocql.Type(t), "")
}

// same compares our bytes with those that the driver makes of a Go value.
func same(t *rapid.T, kind mapping.TypeKind, ours []byte, err error, theirs any) {
	t.Helper()
	want, driverErr := gocql.Marshal(driverType(kind), theirs)
	if err != nil || driverErr != nil {
		t.Fatalf("%v, driver %v", err, driverErr)
	}
	if !bytes.Equal(ours, want) {
		t.Fatalf("%x, driver %x", ours, want)
	}
}

func TestIntegersLikeTheDriver(t *testing.T) {
	for name, kind := range map[string]mapping.TypeKind{"tinyint": mapping.TypeTinyint, "smallint": mapping.TypeSmallint, "int": mapping.TypeInt,
		"bigint": mapping.TypeBigint, "varint": mapping.TypeVarint, "timestamp": mapping.TypeTimestamp} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			v := rapid.Int64().Draw(t, "v")
			encode, err := mapping.IntEncoderFor(shape(mapping.KindLong), cql(t, name), mapping.UnitNone)
			if err != nil {
				t.Fatal(err)
			}
			got, err := encode(nil, v)
			if want, driverErr := gocql.Marshal(driverType(kind), v); driverErr != nil {
				if err == nil {
					t.Fatalf("got %x, driver %v", got, driverErr)
				}
			} else if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("got %x, %v, driver %x", got, err, want)
			}
		}))
	}
}

func TestFloatsLikeTheDriver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, d := rapid.Float32().Draw(t, "float"), rapid.Float64().Draw(t, "double")
		float, err := mapping.FloatEncoderFor(shape(mapping.KindFloat), cql(t, "float"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := float(nil, float64(f))
		same(t, mapping.TypeFloat, got, err, f)
		double, err := mapping.FloatEncoderFor(shape(mapping.KindDouble), cql(t, "double"))
		if err != nil {
			t.Fatal(err)
		}
		got, err = double(nil, d)
		same(t, mapping.TypeDouble, got, err, d)
	})
}

// drawBig draws a number of up to 40 bytes, short ones often.
func drawBig(t *rapid.T) *big.Int {
	n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "magnitude"))
	if rapid.Bool().Draw(t, "negative") {
		n.Neg(n)
	}
	return n
}

// complement writes two's complement with some bytes more than needed.
func complement(n *big.Int, more int) []byte {
	size := n.BitLen()/8 + 1 + more
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	return n.FillBytes(make([]byte, size))
}

func TestDecimalsLikeTheDriver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, scale := drawBig(t), rapid.IntRange(0, 40).Draw(t, "scale")
		v := complement(n, rapid.IntRange(0, 3).Draw(t, "padding"))
		encode, err := mapping.BytesEncoderFor(decimalShape(100, scale), cql(t, "decimal"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode(nil, v)
		same(t, mapping.TypeDecimal, got, err, inf.NewDecBig(n, inf.Scale(scale)))
		whole, err := mapping.BytesEncoderFor(decimalShape(100, scale), cql(t, "varint"))
		if err != nil {
			t.Fatal(err)
		}
		shifted := new(big.Int).Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		got, err = whole(nil, complement(shifted, 1))
		same(t, mapping.TypeVarint, got, err, n)
		if _, err = whole(nil, complement(shifted.Add(shifted, big.NewInt(1)), 0)); (err == nil) != (scale == 0) {
			t.Fatalf("a fraction: %v", err)
		}
	})
}

func TestTextLikeTheDriver(t *testing.T) {
	encoder := func(t *rapid.T, name string) mapping.BytesEncoder {
		encode, err := mapping.BytesEncoderFor(shape(mapping.KindString), cql(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return encode
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		got, err := encoder(t, "text")(nil, []byte(text))
		same(t, mapping.TypeText, got, err, text)

		id, parseErr := gocql.UUIDFromBytes(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		got, err = encoder(t, "uuid")(nil, []byte(id.String()))
		same(t, mapping.TypeUUID, got, err, id)

		ip := net.IP(rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 4, 4), rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 0xff, 1, 0xab}), 16, 16)).Draw(t, "ip"))
		got, err = encoder(t, "inet")(nil, []byte(ip.String()))
		same(t, mapping.TypeInet, got, err, ip)
	})
}

// TestInetLikeNet holds what is an address at all against the standard library.
func TestInetLikeNet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789abf:::...")), 0, 24, -1).Draw(t, "text")
		encode, err := mapping.BytesEncoderFor(shape(mapping.KindString), cql(t, "inet"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode(nil, []byte(text))
		want := net.ParseIP(text)
		if (err == nil) != (want != nil) {
			t.Fatalf("%q: %v, net %v", text, err, want)
		}
		if err == nil && !net.IP(got).Equal(want) {
			t.Fatalf("%q: %x, net %x", text, got, []byte(want))
		}
	})
}

func TestDurationsLikeTheDriver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		months, days := rapid.Int32Min(0).Draw(t, "months"), rapid.Int32Min(0).Draw(t, "days")
		millis := rapid.Uint32().Draw(t, "millis")
		v := binary.LittleEndian.AppendUint32(nil, uint32(months))
		v = binary.LittleEndian.AppendUint32(v, uint32(days))
		v = binary.LittleEndian.AppendUint32(v, millis)
		encode, err := mapping.BytesEncoderFor(&mapping.Shape{Kind: mapping.KindFixed, Size: 12, Logical: mapping.LogicalDuration}, cql(t, "duration"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode(nil, v)
		same(t, mapping.TypeDuration, got, err, gocql.Duration{Months: months, Days: days, Nanoseconds: int64(millis) * 1_000_000})
	})
}

func TestDatesAndTimesLikeTheDriver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.Int64Range(-700_000, 2_900_000).Draw(t, "days")
		date, err := mapping.IntEncoderFor(shape(mapping.KindInt, mapping.LogicalDate), cql(t, "date"), mapping.UnitNone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := date(nil, days)
		same(t, mapping.TypeDate, got, err, time.Unix(days*86400, 0).UTC())

		micros := rapid.Int64Range(0, 86_399_999_999).Draw(t, "micros")
		clock, err := mapping.IntEncoderFor(shape(mapping.KindLong, mapping.LogicalTimeMicros), cql(t, "time"), mapping.UnitNone)
		if err != nil {
			t.Fatal(err)
		}
		got, err = clock(nil, micros)
		same(t, mapping.TypeTime, got, err, time.Duration(micros)*time.Microsecond)
	})
}
