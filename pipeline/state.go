package pipeline

import (
	"errors"
	"fmt"
	"strings"
)

// State is what a commit's metadata carries beside the offset: the clock at that
// offset and the mapping that was at work. It makes the clock a function of the
// log, whoever goes on from there.
type State struct {
	Clock      int64  // microseconds since 1970, of the last record before the offset
	Generation int64  // the mapping file's generation
	Mapping    string // the mapping file's hash
}

const (
	stateMark    = "ingest/"
	stateVersion = 1
)

// ErrNewerState means that a newer worker wrote the commit. Its state may hold
// what this one would lose.
var ErrNewerState = errors.New("the committed state was written by a newer version of ingest: run that version, or a newer one")

// errState is a metadata of our own that makes no sense.
var errState = errors.New("the committed state is damaged")

// Encode writes the state as commit metadata: one line of text, so that Kafka's
// own tools show it readably. It is far below the broker's default limit of
// 4,096 bytes (offset.metadata.max.bytes).
func (s State) Encode() string {
	return fmt.Sprintf("%s%d clock=%d generation=%d mapping=%s", stateMark, stateVersion, s.Clock, s.Generation, s.Mapping)
}

// DecodeState reads commit metadata. found is false when somebody else wrote
// the commit, with whatever metadata.
func DecodeState(metadata string) (s State, found bool, err error) {
	rest, ours := strings.CutPrefix(metadata, stateMark)
	if !ours {
		return State{}, false, nil
	}
	var version int
	if _, err := fmt.Sscanf(rest, "%d", &version); err != nil {
		return State{}, false, errState
	}
	if version > stateVersion {
		return State{}, false, ErrNewerState
	}
	n, _ := fmt.Sscanf(rest, "%d clock=%d generation=%d mapping=%s", &version, &s.Clock, &s.Generation, &s.Mapping)
	if n < 3 || s.Clock < 0 {
		return State{}, false, errState
	}
	return s, true, nil
}
