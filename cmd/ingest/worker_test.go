package main

import (
	"testing"

	"ingest/mapping"
)

// What the mapping file says of records that cannot be written reaches the
// pipeline.
func TestATopicTakesItsOnErrorAlong(t *testing.T) {
	for _, want := range []mapping.OnError{mapping.OnErrorDeadLetter, mapping.OnErrorSkip, mapping.OnErrorFail} {
		p := &mapping.Program{Topic: mapping.Topic{OnError: want}, Write: &mapping.Form{}, Tombstone: &mapping.Form{}}
		if got := (&worker{}).topic(p); got.OnError != want || got.Mapper == nil {
			t.Errorf("%v becomes %+v", want, got)
		}
	}
}
