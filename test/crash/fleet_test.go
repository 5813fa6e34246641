//go:build stack && crash

package crash

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ingest/test/harness"
)

const sessionTimeout = 6 * time.Second

// fleet is the workers. It belongs to the driver's goroutine.
type fleet struct {
	r       *run
	mapping string
	members []*member
	starts  int
}

// member is a worker with its place in the fleet. A static one is known to the
// group by its name and comes back without a rebalance; the others are new
// members after each start.
type member struct {
	*harness.Worker
	name     string
	static   bool
	interval string // of commits
	frozen   atomic.Bool
}

func (r *run) newFleet() *fleet {
	return &fleet{r: r, mapping: harness.WriteMapping(r.t, mapping)}
}

// begin starts the workers. They commit at different intervals: seldom, so that
// much is written again after a kill, and often, so that a commit ahead of the
// writes would lose what the kill interrupts.
func (f *fleet) begin() {
	f.add("static-1", true, "1s")
	f.add("static-2", true, "300ms")
	f.add("static-3", true, "1s")
	f.add("dynamic-1", false, "2s")
}

func (f *fleet) add(name string, static bool, interval string) {
	m := &member{name: name, static: static, interval: interval}
	f.members = append(f.members, m)
	f.start(m)
}

func (f *fleet) start(m *member) {
	f.starts++
	env := settings(f.r.FrontEnv(), f.mapping, fmt.Sprintf("INGEST_KAFKA_CLIENT_ID=%s-%d", m.name, f.starts),
		"INGEST_COMMIT_INTERVAL="+m.interval, "INGEST_IN_FLIGHT_ROWS_PER_SECOND=1500")
	if m.static {
		env = append(env, "INGEST_KAFKA_INSTANCE_ID="+m.name)
	}
	m.Worker = f.r.binary.Start(silent{f.r.t}, env, "run")
}

// silent keeps the logs of workers that were killed on purpose out of the report
// of a failed test.
type silent struct{ *testing.T }

func (silent) Failed() bool { return false }

// stop ends a member as an operator does, which must succeed. A process that has
// just been started and does not listen to signals yet is ended by the kernel.
func (f *fleet) stop(m *member) {
	harness.Eventually(f.r.t, 10*time.Second, m.name+" has begun", func() error {
		if m.Output() == "" {
			return errors.New("it has logged nothing")
		}
		return nil
	})
	m.Signal(syscall.SIGTERM)
	if code := m.Wait(40 * time.Second); code != 0 {
		f.r.broken.note("worker %s ended with exit code %d after SIGTERM:\n%s", m.name, code, m.Tail())
	}
}

// remove takes a member away.
func (f *fleet) remove(m *member) {
	f.stop(m)
	for i := range f.members {
		if f.members[i] == m {
			f.members = append(f.members[:i], f.members[i+1:]...)
			return
		}
	}
}

// alive notes members that ended by themselves.
func (f *fleet) alive() {
	for _, m := range f.members {
		if err := m.Alive(); err != nil {
			f.r.broken.note("worker %s: %v:\n%s", m.name, err, m.Tail())
		}
	}
}

func (f *fleet) end() {
	f.alive()
	for _, m := range f.members {
		f.stop(m)
	}
}

var lagOfPartition = regexp.MustCompile(`(?m)^ingest_lag\{.*partition="(\d+)"`)

// owned asks a member for its partitions; none without an answer.
func (m *member) owned() (owned []int) {
	_, text := m.Get("/metrics")
	for _, match := range lagOfPartition.FindAllStringSubmatch(text, -1) {
		if p, err := strconv.Atoi(match[1]); err == nil {
			owned = append(owned, p)
		}
	}
	return owned
}
