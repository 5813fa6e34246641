package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTailFileReadsTheEndOfALargeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	text := strings.Repeat("a line that is not wanted\n", 10000) + "one\ntwo\nthree\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tailFile(path, 2); got != "two\nthree" {
		t.Errorf("got %q", got)
	}
	if got := tailFile(path+"-absent", 2); !strings.Contains(got, "no such file") {
		t.Errorf("got %q for a file that is not there", got)
	}
}

func TestQuoteShell(t *testing.T) {
	if got := quoteShell(`a'b $c`); got != `'a'\''b $c'` {
		t.Errorf("got %s", got)
	}
}
