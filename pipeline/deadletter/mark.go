package deadletter

import (
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"
)

// headerReplayed makes a record a mark: the letter at that place has been
// replayed. A mark stands in the partition of its letter, behind it, so that
// retention never takes the mark and leaves the letter. It has no key and no
// value.
const headerReplayed = headerPrefix + "replayed"

// NewMark makes the mark of a letter; version is that of this program.
func NewMark(l *Stored, version string) *kgo.Record {
	return &kgo.Record{
		Topic: l.Place.Topic, Partition: l.Place.Partition,
		Headers: []kgo.RecordHeader{
			{Key: headerReplayed, Value: []byte(l.Place.String())},
			{Key: headerOffset, Value: strconv.AppendInt(nil, l.Offset, 10)},
			{Key: headerVersion, Value: []byte(version)},
		},
	}
}

// parseMark reads the place of the letter that a mark is about, and the offset of
// the letter's source record.
func parseMark(headers []kgo.RecordHeader) (of Place, source int64, ok bool) {
	p := parser{headers: headers}
	text := p.text(headerReplayed)
	if text == "" {
		return Place{}, 0, false
	}
	of, err := ParsePlace(text)
	source = p.number(headerOffset, 0, 64)
	return of, source, err == nil && p.faults == nil
}

// marks are the marks of some topics, by partition: the offset of each replayed
// letter with that of its source record. The latter tells a letter from another
// at the same place, as in a topic that was created again or copied.
type marks map[Place]map[int64]int64

// partitionOf is the key of marks.
func partitionOf(r *kgo.Record) Place { return Place{Topic: r.Topic, Partition: r.Partition} }

// add enters a record if it is a mark. One that speaks of another partition than
// its own was copied from elsewhere and says nothing.
func (m marks) add(r *kgo.Record) {
	of, source, ok := parseMark(r.Headers)
	at := partitionOf(r)
	if !ok || of.Topic != at.Topic || of.Partition != at.Partition || of.Offset >= r.Offset {
		return
	}
	if m[at] == nil {
		m[at] = map[int64]int64{}
	}
	m[at][of.Offset] = source
}

// has reports whether the letter of a record, whose source stood at that offset,
// is marked.
func (m marks) has(r *kgo.Record, source int64) bool {
	marked, ok := m[partitionOf(r)][r.Offset]
	return ok && marked == source
}
