package pipeline

import (
	"errors"
	"strings"
	"testing"
)

func TestStateIsOneReadableLine(t *testing.T) {
	s := State{Clock: 1_700_000_000_000_001, Generation: 2, Mapping: "deadbeef"}
	const want = "ingest/1 clock=1700000000000001 generation=2 mapping=deadbeef"
	if got := s.Encode(); got != want {
		t.Errorf("Encode = %q, want %q", got, want)
	}
	got, found, err := DecodeState(want)
	if err != nil || !found || got != s {
		t.Errorf("DecodeState = %+v, %v, %v", got, found, err)
	}
}

func TestDecodeStateOfOthers(t *testing.T) {
	for _, metadata := range []string{"", "consumer-1-7f3a", "ingesting", strings.Repeat("x", 5000)} {
		if s, found, err := DecodeState(metadata); found || err != nil || s != (State{}) {
			t.Errorf("DecodeState(%.20q) = %+v, %v, %v; want none", metadata, s, found, err)
		}
	}
}

func TestDecodeStateRefuses(t *testing.T) {
	for metadata, want := range map[string]error{
		"ingest/2 clock=1 whatever=2":  ErrNewerState,
		"ingest/":                      errState,
		"ingest/x":                     errState,
		"ingest/1":                     errState,
		"ingest/1 clock=":              errState,
		"ingest/1 clock=5":             errState,
		"ingest/1 clock=5 generation=": errState,
		"ingest/1 clock=-1 generation=0 mapping=a":      errState,
		"ingest/1 clock=-5 generation=0 mapping=a":      errState,
		"ingest/1 clock=99999999999999999999 generat=1": errState,
	} {
		if _, found, err := DecodeState(metadata); !errors.Is(err, want) || found {
			t.Errorf("DecodeState(%q) = %v, %v; want %v", metadata, found, err, want)
		}
	}
}

func TestDecodeStateOfAMappingWithoutHash(t *testing.T) {
	want := State{Clock: 5, Generation: 1}
	got, found, err := DecodeState(want.Encode())
	if err != nil || !found || got != want {
		t.Errorf("DecodeState = %+v, %v, %v", got, found, err)
	}
}
