package sink

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The constants of MurmurHash3 x64 128.
const (
	murmurC1 = 0x87c37b91114253d5
	murmurC2 = 0x4cf5ad432745937f
)

// token gives the Murmur3Partitioner's token of a serialized partition key. It
// is the first half of MurmurHash3 x64 128 with seed 0, except that the bytes
// of the tail are sign-extended: Cassandra's port of the algorithm did that at
// first, and the data on disk made it permanent (CASSANDRA's MurmurHash.java).
func token(key []byte) int64 {
	var h1, h2 uint64
	body := key
	for len(body) >= 16 {
		k1 := binary.LittleEndian.Uint64(body)
		k2 := binary.LittleEndian.Uint64(body[8:])
		body = body[16:]

		h1 ^= mixK1(k1)
		h1 = bits.RotateLeft64(h1, 27) + h2
		h1 = h1*5 + 0x52dce729

		h2 ^= mixK2(k2)
		h2 = bits.RotateLeft64(h2, 31) + h1
		h2 = h2*5 + 0x38495ab5
	}
	k1, k2 := signedTail(body)
	h1 ^= mixK1(k1)
	h2 ^= mixK2(k2)

	h1 ^= uint64(len(key))
	h2 ^= uint64(len(key))
	h1 += h2
	h2 += h1
	h1 = finalMix(h1) + finalMix(h2)
	if int64(h1) == math.MinInt64 {
		return math.MaxInt64 // the smallest token is reserved as the ring's minimum
	}
	return int64(h1)
}

// signedTail folds the last 0 to 15 bytes into two words, each byte
// sign-extended before it is shifted. Words without bytes are 0, which mixes to 0.
func signedTail(tail []byte) (k1, k2 uint64) {
	for i := len(tail) - 1; i >= 8; i-- {
		k2 ^= uint64(int64(int8(tail[i]))) << (8 * (i - 8))
	}
	for i := min(len(tail), 8) - 1; i >= 0; i-- {
		k1 ^= uint64(int64(int8(tail[i]))) << (8 * i)
	}
	return k1, k2
}

func mixK1(k uint64) uint64 { return bits.RotateLeft64(k*murmurC1, 31) * murmurC2 }

func mixK2(k uint64) uint64 { return bits.RotateLeft64(k*murmurC2, 33) * murmurC1 }

func finalMix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
