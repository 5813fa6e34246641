package replay

import (
	"cmp"
	"slices"

	"ingest/pipeline/deadletter"
)

// Outcome is what became of a letter.
type Outcome uint8

const (
	// Replayed: every row is acknowledged and the letter is marked; in a dry run,
	// would be.
	Replayed Outcome = iota
	// NoRows: today's mapping gives no row of the record. It is marked too.
	NoRows
	// Before: it was replayed before.
	Before
	// Foreign: the record is no dead letter.
	Foreign
	// OtherGroup: the letter is of another consumer group's workers.
	OtherGroup
	// Failed: the record still cannot be written. The letter stays.
	Failed
	// TooOld: what it writes could bring deleted data back.
	TooOld
	// Hidden: Cassandra would take what it writes, and never show it.
	Hidden
	// Uncertain: it may be what changed a counter, and would change it twice.
	Uncertain
	// Unstamped: Cassandra would stamp what it writes now, over what later records
	// wrote.
	Unstamped
	// NotMapped: today's mapping does not have its topic, or one of its tables.
	NotMapped
	// NoPayload: the letter went without the record's value.
	NoPayload
	// Unmarked: written, but not marked. To replay it again changes nothing.
	Unmarked
	// Interrupted: it was under way when the replay ended.
	Interrupted

	nOutcomes
)

var outcomeNames = [nOutcomes]string{"replayed", "no_rows", "replayed_before", "not_a_letter", "other_group", "failed_again", "too_old", "hidden", "maybe_counted", "no_write_timestamp", "not_mapped", "no_payload", "not_marked", "interrupted"}

// String gives the name that JSON uses.
func (o Outcome) String() string { return outcomeNames[o] }

// Left reports whether such a letter stays for somebody to see to.
func (o Outcome) Left() bool { return o >= Failed }

// Outcomes gives all of them, in the order in which a summary names them.
func Outcomes() []Outcome {
	all := make([]Outcome, nOutcomes)
	for i := range all {
		all[i] = Outcome(i)
	}
	return all
}

// Reason counts letters that share an outcome and the reason for it.
type Reason struct {
	Outcome Outcome
	Text    string
	Letters int64
	First   deadletter.Place // of a letter
	Source  deadletter.Place // of its record
}

// Summary is what became of the letters so far.
type Summary struct {
	Letters [nOutcomes]int64 // by Outcome
	Rows    map[string]int64 // acknowledged, or in a dry run would be written, by table
	reasons map[reasonKey]*Reason
}

type reasonKey struct {
	outcome Outcome
	text    string
}

// maxReasons bounds a summary's reasons for each outcome; the others are counted
// without their text.
const maxReasons = 50

// Left counts the letters that stay for somebody to see to.
func (s *Summary) Left() int64 {
	var n int64
	for _, o := range Outcomes() {
		if o.Left() {
			n += s.Letters[o]
		}
	}
	return n
}

// add counts a letter; text says why, for the outcomes that have a reason.
func (s *Summary) add(l *deadletter.Stored, o Outcome, text string) {
	s.Letters[o]++
	if text == "" {
		return
	}
	if s.reasons == nil {
		s.reasons = map[reasonKey]*Reason{}
	}
	key := reasonKey{o, text}
	if s.reasons[key] == nil && len(s.reasons) >= maxReasons*int(nOutcomes) {
		key.text = "other reasons"
	}
	r := s.reasons[key]
	if r == nil {
		r = &Reason{Outcome: o, Text: key.text, First: l.Place, Source: l.Source()}
		s.reasons[key] = r
	}
	r.Letters++
}

func (s *Summary) wrote(table string) {
	if s.Rows == nil {
		s.Rows = map[string]int64{}
	}
	s.Rows[table]++
}

// Reasons gives the reasons by outcome, the most frequent first.
func (s *Summary) Reasons() []Reason {
	var out []Reason
	for _, r := range s.reasons {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(b.Letters, a.Letters), cmp.Compare(a.Text, b.Text))
	})
	return out
}
