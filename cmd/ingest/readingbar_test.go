package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestALongReadShowsHowFarItIs(t *testing.T) {
	long := time.Now().Add(-time.Hour)
	var out bytes.Buffer
	b := &readingBar{out: &out, terminal: true, begin: long, said: long}
	b.set(3, 10)
	if !strings.Contains(out.String(), "30%") || !strings.Contains(out.String(), "3/10") {
		t.Errorf("the bar is drawn as %q", out.String())
	}
	b.end()
	out.Reset()
	b.set(5, 10)
	if out.Len() > 0 {
		t.Errorf("drawn after its end: %q", out.String())
	}

	b = newReadingBar(&out) // no terminal
	b.begin, b.said = long, long
	b.set(3, 10)
	b.set(4, 10)
	if out.String() != "read 3 of 10 offsets\n" {
		t.Errorf("said %q, want one line", out.String())
	}
	out.Reset()
	b = newReadingBar(&out)
	b.set(3, 10)
	if out.Len() > 0 {
		t.Errorf("a short read says %q", out.String())
	}
}
