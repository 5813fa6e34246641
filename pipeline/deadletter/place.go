package deadletter

import (
	"fmt"
	"strconv"
	"strings"
)

// Place is where a record stands.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
}

// String gives topic/partition/offset.
func (p Place) String() string {
	return p.Topic + "/" + strconv.FormatInt(int64(p.Partition), 10) + "/" + strconv.FormatInt(p.Offset, 10)
}

// ParsePlace reads what String gives.
func ParsePlace(text string) (Place, error) {
	parts := strings.Split(text, "/")
	if len(parts) == 3 && topicName.MatchString(parts[0]) {
		partition, err1 := strconv.ParseInt(parts[1], 10, 32)
		offset, err2 := strconv.ParseInt(parts[2], 10, 64)
		if err1 == nil && err2 == nil && partition >= 0 && offset >= 0 {
			return Place{parts[0], int32(partition), offset}, nil
		}
	}
	return Place{}, fmt.Errorf("%q is not topic/partition/offset, such as ingest-dead-letters/0/17", text)
}

// Source is where the letter's record stood.
func (e *Envelope) Source() Place { return Place{e.Topic, e.Partition, e.Offset} }
