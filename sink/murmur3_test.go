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
		{"4 bytes", "afd4f91e", 8337022880620112517},
		{"16 bytes", "6b90b5daff24496e93b8dd02274c7196", -2637091075244990127},
		{"41 bytes", "486d92b7dc01264b7095badf04294e7398bde2072c51769bc0e50a2f54799ec3e80d32577ca1c6eb10", -3597193836193243377},
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
