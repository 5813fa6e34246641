package mapping

import (
	"os"
	"testing"
)

func TestParseDispatch(t *testing.T) {
	src, err := os.ReadFile("testdata/dispatch.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, ds := Parse("dispatch.yaml", src)
	golden(t, "dispatch.golden", rendered(t, ds, src))
}
