package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// Away from a terminal a phase that takes long says how long it still takes.
func TestPhasesAreToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		b := newPhaseBar(&out)
		b.set("reading", 0, 100)
		time.Sleep(10 * time.Second)
		b.set("reading", 25, 100)
		b.set("reading", 26, 100)
		b.set("comparing", 1, 100)
		b.end()
		if want := "reading: 25 of 100, about 30s left\n"; out.String() != want {
			t.Errorf("said %q, want %q", out.String(), want)
		}
	})
}
