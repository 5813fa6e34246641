//go:build stack && crash

package crash

import (
	"time"

	"ingest/test/oracle"
)

// verify compares the whole table with the fold of the log, and what else must
// hold at the end.
func (l *load) verify() {
	l.t.Helper()
	got, err := l.readTable(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	want, _ := l.log.Fold()
	l.difference = oracle.Compare(got, want)
	for _, text := range l.difference.Details {
		l.broken.note("%s", text)
	}
	l.keepsPromises(l.mustCommits())
	l.noLetters()
	if err := l.producer.fault(); err != nil {
		l.broken.note("%v", err)
	}
	if late, all := l.log.Late(), l.log.Total(); late < all/3 {
		l.broken.note("%d of %d timestamps are equal to or before their predecessor's, want a third", late, all)
	}
}

// tellVerified says what was compared.
func (l *load) tellVerified() {
	l.t.Helper()
	d := l.difference
	l.t.Logf("%d records; caught up %v after the last; %d rows and %d cells compared: %d lost, %d stale, %d wrong, %d not deleted; %d dead letters; %d broken in all",
		l.log.Total(), l.took.Round(100*time.Millisecond), d.Rows, d.Cells, d.Lost, d.Stale, d.Wrong, d.Extra, l.letters, l.broken.total())
}

// noLetters: no fault of these makes a record one that cannot be written.
func (l *load) noLetters() {
	l.t.Helper()
	ends, err := l.admin.ListEndOffsets(l.t.Context(), letters)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, partition := range ends[letters] {
		l.letters += partition.Offset
	}
	if l.letters > 0 {
		l.broken.note("%d dead letters, want none", l.letters)
	}
}
