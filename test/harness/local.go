//go:build stack

package harness

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// FreeAddress gives an address on loopback that nobody listens on.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// WriteMapping writes a mapping file for the test and gives its path.
func WriteMapping(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
