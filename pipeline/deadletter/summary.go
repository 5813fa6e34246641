package deadletter

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ingest/retry"
)

// Group is what letters have in common in a Summary.
type Group struct {
	Topic  string `json:"topic"`  // of the source records
	Tables string `json:"tables"` // as in a letter's header
	Class  string `json:"class"`  // as in a letter's header
}

// Count counts the letters of one group.
type Count struct {
	Group
	Letters  int64     `json:"letters"`
	Replayed int64     `json:"replayed"` // of those
	First    time.Time `json:"first"`    // when the first of them was written
	Last     time.Time `json:"last"`
}

// Summary counts letters. The zero Summary is empty.
type Summary struct {
	Letters      int64
	Replayed     int64 // of those
	Foreign      int64 // records that are no letters
	FirstForeign Place
	FirstFault   error // why that is none

	groups map[Group]*Count
}

// maxGroups bounds a Summary, whatever somebody writes into headers; what comes
// later is counted under a group of its own, "others".
const maxGroups = 10_000

// Add counts a letter, or what is none.
func (s *Summary) Add(l *Stored) {
	if l.Fault != nil {
		if s.Foreign++; s.Foreign == 1 {
			s.FirstForeign, s.FirstFault = l.Place, l.Fault
		}
		return
	}
	g := s.group(Group{Topic: l.Topic, Tables: l.TableList(), Class: l.Class()})
	if g.Letters == 0 || l.At.Before(g.First) {
		g.First = l.At
	}
	if l.At.After(g.Last) {
		g.Last = l.At
	}
	s.Letters++
	g.Letters++
	if l.Replayed {
		s.Replayed++
		g.Replayed++
	}
}

func (s *Summary) group(of Group) *Count {
	if s.groups == nil {
		s.groups = map[Group]*Count{}
	}
	if g := s.groups[of]; g != nil {
		return g
	}
	if len(s.groups) >= maxGroups {
		of = Group{"others", "others", "others"}
	}
	g := s.groups[of]
	if g == nil {
		g = &Count{Group: of}
		s.groups[of] = g
	}
	return g
}

// Counts gives the groups in a fixed order.
func (s *Summary) Counts() []Count {
	counts := make([]Count, 0, len(s.groups))
	for _, g := range s.groups {
		counts = append(counts, *g)
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), strings.Compare(a.Tables, b.Tables), strings.Compare(a.Class, b.Class))
	})
	return counts
}

// Class gives the reasons as the letter's header has them.
func (e *Envelope) Class() string { return joinList[retry.Reason](e.Reasons) }

// TableList gives the tables as the letter's header has them.
func (e *Envelope) TableList() string { return joinTables(e.Tables) }

// PayloadName says what a letter lacks, as its header does; empty for nothing.
func (e *Envelope) PayloadName() string { return payloadNames[e.Payload] }
