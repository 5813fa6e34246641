//go:build stack && crash

package crash

import (
	"fmt"
	"syscall"
	"time"

	"github.com/gocql/gocql"

	"ingest/test/oracle"
)

// lookAhead is how many records after a commit are looked for in the table.
const lookAhead = 400

// killWithin bounds the search for a moment at which a kill counts.
const killWithin = 90 * time.Second

// kill ends some worker at a moment when rows beyond its commits are in the
// table, and starts it again at once, or, where the takeover is to be measured,
// when the others have its partitions.
func (r *run) kill(takeover bool) {
	r.t.Helper()
	looked, attempts := time.Now(), 0
	var victim *member
	var killed death
	err := poll(r.t.Context(), killWithin, "some worker has rows beyond its commits", func() error {
		attempts++
		r.fleet.alive()
		r.progress()
		m := r.fleet.members[r.moments.IntN(len(r.fleet.members))]
		if m.frozen.Load() || len(m.owned()) == 0 {
			return fmt.Errorf("worker %s has no partitions", m.name)
		}
		held := r.holdBack()
		var err error
		if killed, err = r.tryKill(m); err == nil {
			victim = m
		}
		held()
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Logf("killed %s with %d records of partitions %v beyond its commits, after %d attempts in %v",
		victim.name, killed.own, killed.partitions, attempts, time.Since(looked).Round(10*time.Millisecond))
	killed.takeover = takeover && r.lasting.Load() == 0
	r.watch.await(killed)
	r.keepsPromises(r.mustCommits())
	if takeover {
		r.awaitTakeover(killed.takeover)
	}
	r.fleet.start(victim)
}

// holdBack holds back what flows to one Cassandra node, every other time, for
// longer than a commit takes: writes stay without an answer while later ones get
// theirs. The function it gives ends that; what was held back is lost, as with a
// worker that dies before it has sent it.
func (r *run) holdBack() (end func()) {
	length := time.Duration(r.moments.IntN(200)) * time.Millisecond
	end = func() {}
	if r.moments.IntN(2) == 0 {
		length += time.Second
		p := r.proxies[len(r.Kafka)+r.moments.IntN(len(r.Cassandra))]
		p.setStall(true)
		end = func() { r.tally.cut += p.cut(); p.setStall(false) }
	}
	_ = pause(r.t.Context(), length)
	return end
}

// tryKill stops a worker, so that nothing moves while the table is looked at, and
// kills it when rows of its own are beyond its commits. Else it goes on.
func (r *run) tryKill(m *member) (death, error) {
	r.t.Helper()
	owned := m.owned()
	m.Signal(syscall.SIGSTOP)
	time.Sleep(20 * time.Millisecond) // a commit on its way arrives
	before := r.mustCommits()
	if seen := r.beyond(owned, before); seen.own == 0 {
		m.Signal(syscall.SIGCONT)
		return death{}, fmt.Errorf("no row of partitions %v of worker %s is beyond its commit", owned, m.name)
	}
	m.Kill()
	killed := death{at: time.Now(), static: m.static, partitions: owned, commits: r.mustCommits()}
	seen := r.beyond(owned, killed.commits)
	r.tally.kills++
	r.tally.again += seen.all
	for _, p := range owned {
		r.bound[p] = r.log.End(p)
	}
	if seen.own == 0 {
		r.tally.uncounted++ // a commit arrived after all
		r.fleet.start(m)
		return death{}, fmt.Errorf("worker %s was killed, but a commit was on its way", m.name)
	}
	killed.own = seen.own
	r.tally.counted++
	r.tally.beyond += seen.own
	r.tally.mostBeyond = max(r.tally.mostBeyond, seen.own)
	return killed, nil
}

// sight is how many records beyond their partition's commit are in the table:
// all, and those that the owner of now must have written.
type sight struct{ all, own int }

// beyond looks for the records after commits, by their WRITETIMEs.
func (r *run) beyond(owned []int, at []commit) (s sight) {
	r.t.Helper()
	var after [][]oracle.Record
	for _, p := range owned {
		after = append(after, r.log.Slice(p, at[p].offset, max(0, at[p].offset)+lookAhead))
	}
	rows, err := r.readKeys(r.t.Context(), keysOf(after...), gocql.LocalOne)
	if err != nil {
		r.t.Fatal(err)
	}
	for i, p := range owned {
		for n := range after[i] {
			if !wrote(&after[i][n], rows) {
				continue
			}
			s.all++
			if max(0, at[p].offset)+int64(n) >= r.bound[p] {
				s.own++
			}
		}
	}
	return s
}

// wrote reports whether a row shows a record: one of its cells has its stamp.
func wrote(record *oracle.Record, rows map[string]oracle.Row) bool {
	for _, c := range rows[record.Key].Cells {
		if c.Stamp == record.Stamp {
			return true
		}
	}
	return false
}
