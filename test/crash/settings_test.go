//go:build stack && crash

package crash

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// seedOf gives INGEST_TEST_SEED, or a new seed.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano() / 1e6)
	if text := os.Getenv("INGEST_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("INGEST_TEST_SEED: %v", err)
		}
	}
	return seed
}

// number gives a setting of the test, such as INGEST_TEST_KILLS.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: %q is no number of at least 1", name, text)
	}
	return n
}
