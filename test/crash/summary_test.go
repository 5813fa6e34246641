//go:build stack && crash

package crash

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// tellAgain says how to run a seed again.
func tellAgain(t *testing.T, seed uint64, kills int) {
	t.Helper()
	t.Logf("run this again with: make crashtest SEED=%d KILLS=%d", seed, kills)
}

// progressEvery is how often a line of progress comes.
const progressEvery = 10 * time.Second

// progress writes a line when it is time for one.
func (r *run) progress() {
	r.t.Helper()
	if time.Since(r.tally.told) < progressEvery {
		return
	}
	r.tally.told = time.Now()
	total, y := r.log.Total(), &r.tally
	r.t.Logf("%s  step %d of %d  %d kills counted of %d  %d records, %d not committed  %d seen beyond a commit  %d promises held, %d broken",
		clock(time.Since(r.started)), y.done, y.planned, y.counted, y.kills, total, total-r.watch.commits(), y.beyond, r.promises, r.broken.total())
}

// clock writes a duration as mm:ss.
func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// summary prints what was done and found.
func (r *run) summary() {
	r.t.Helper()
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	y, d := &r.tally, r.difference
	row("seed", "%d", r.seed)
	row("time under faults", "%s", clock(r.lastRecord.Sub(r.started)))
	row("records", "%d, %d of them dated like the one before or earlier", r.log.Total(), r.log.Late())
	row("kills that count", "%d, %.1f a minute; %d others", y.counted, float64(y.counted)/r.lastRecord.Sub(r.started).Minutes(), y.kills-y.counted)
	row("rows beyond the commit at a kill", "%.0f on average, %d at most", float64(y.beyond)/float64(max(1, y.counted)), y.mostBeyond)
	row("records written again, at least", "%d, %.2f %% of all", y.again, 100*float64(y.again)/float64(max(1, r.log.Total())))
	for s, n := range y.steps {
		row(step(s).String(), "%d", n)
	}
	row("single connections cut", "%d", y.cut)
	takeover, static, dynamic := r.watch.times()
	for _, s := range []struct {
		name  string
		spans spans
	}{{"takeover by others", takeover}, {"until a static member goes on", static}, {"until a new member goes on", dynamic}} {
		row(s.name, "median %v, 95 %% %v, at most %v (%d partitions)", s.spans.at(0.5), s.spans.at(0.95), s.spans.at(1), s.spans.count())
	}
	row("caught up after the last record", "%v", r.took.Round(100*time.Millisecond))
	row("promises of commits checked", "%d", r.promises)
	row("compared", "%d rows, %d cells with their WRITETIMEs", d.Rows, d.Cells)
	row("lost, stale, wrong, not deleted", "%d, %d, %d, %d", d.Lost, d.Stale, d.Wrong, d.Extra)
	row("dead letters", "%d", r.letters)
	row("broken in all", "%d", r.broken.total())
	w.Flush()
	r.t.Logf("\n%s", text.String())
	tellAgain(r.t, r.seed, y.wanted)
}
