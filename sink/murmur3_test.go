package sink

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"
)

// The tokens are what Cassandra 5.0.9 answers to SELECT token(key).
func TestTokenIsCassandras(t *testing.T) {
	tests := []struct {
		name, key string // hex
		want      int64
	}{
		{"int 1", "00000001", -4069959284402364209},
		{"int 2", "00000002", -3248873570005575792},
		{"int 3", "00000003", 9010454139840013625},
		{"empty", "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			key, err := hex.DecodeString(test.key)
			if err != nil {
				t.Fatal(err)
			}
			if got := token(key); got != test.want {
				t.Errorf("token(%s) = %d, want %d", test.key, got, test.want)
			}
		})
	}
}

func TestTokenNeverIsTheMinimum(t *testing.T) {
	for i := range uint64(100_000) {
		if token(binary.LittleEndian.AppendUint64(nil, i)) == math.MinInt64 {
			t.Fatalf("the token of %d is the ring's reserved minimum", i)
		}
	}
}
