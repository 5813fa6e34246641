package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/retry"
)

// ErrTimeLimit is the cause of a context that ends because a run took too long.
var ErrTimeLimit = errors.New("the time limit came first")

// The phases that Deps.Progress is told of, in offsets or rows.
const (
	PhaseLog     = "reading the log"
	PhaseRows    = "comparing rows"
	PhaseAgain   = "looking again"
	PhaseBeyond  = "reading beyond the commits"
	PhaseRecheck = "comparing rows again"
)

// Rows that differ are looked at again so many times while records beyond the
// commits are about them, with waits that double; a worker commits once a second
// unless it is set to do otherwise.
const (
	rounds    = 5
	firstWait = time.Second
)

// behind is how many offsets the fold may be behind the commits when rows are
// compared: those in between only make rows be looked at again.
const behind = 10_000

type verifier struct {
	*reader
	folded int64 // rows of the present pass, once its log is read
}

// Run compares the live rows with the log. Its report says what was found and what
// could not be judged; when ctx ends, what was found until then. An error means that nothing can be said: the group has
// committed nothing, or the broker, the registry or Cassandra refuses to answer.
func Run(ctx context.Context, cfg Config, deps Deps) (*Report, error) {
	client, err := kgo.NewClient(deps.Client...)
	if err != nil {
		return nil, fmt.Errorf("setting up a Kafka client: %w", err)
	}
	defer client.Close()
	report := newReport(deps.Now())
	v := &verifier{reader: &reader{cfg: cfg, deps: deps, admin: kadm.NewClient(client), report: report}}
	for _, t := range deps.Tables {
		v.notes.table(t)
	}
	if v.letters, err = deps.Letters(ctx); err == nil {
		err = v.passes(ctx)
	}
	report.Seconds = deps.Now().Sub(report.Started).Seconds()
	if err != nil && ctx.Err() != nil {
		v.notes.general("it ended early (%v): what was not reached is not judged", context.Cause(ctx))
		err = nil
	}
	report.Notes = v.notes.sentences()
	return report, err
}

// passes reads the log once for each span of rows.
func (v *verifier) passes(ctx context.Context) error {
	spans := []span{sample(v.cfg.Sample)}
	for len(spans) > 0 {
		v.fold = newFold(v.deps.Tables, spans[len(spans)-1], v.cfg.MemoryBytes)
		v.report.Passes++
		before := v.report.Rows
		v.folded = 0
		err := v.pass(ctx)
		v.count(ReasonMemory, v.fold.full)
		v.count(ReasonKind, v.fold.unknown)
		spans = append(spans[:len(spans)-1], v.fold.later...)
		if err != nil {
			v.count(ReasonTime, max(1, max(v.folded, int64(len(v.fold.rows)))-(v.report.Rows-before)+int64(len(spans))))
			return err
		}
	}
	return nil
}

func (v *verifier) count(why Reason, n int64) {
	if n > 0 {
		v.report.Unjudged[why] += n
	}
}

// pass compares the rows of one span.
func (v *verifier) pass(ctx context.Context) error {
	if err := v.begin(ctx); err != nil {
		return err
	}
	for {
		n, err := v.catchUp(ctx, PhaseLog)
		if err != nil {
			return err
		}
		if n <= behind {
			break
		}
	}
	v.fold.forgetUnwritten()
	v.folded = int64(len(v.fold.rows))
	suspects := map[string]*row{}
	err := v.compare(ctx, PhaseRows, v.fold.rows, func(c compared) {
		if c.err == nil && len(c.verdict.differences) > 0 {
			suspects[c.key] = c.row
			return
		}
		v.account(c)
	})
	if err != nil {
		return err
	}
	v.report.Rechecked += int64(len(suspects))
	v.fold.keep(suspects)
	return v.recheck(ctx)
}

// recheck looks at the rows that differ again, until each is equal, differs for
// good, or has been looked at often enough. See the package's comment.
func (v *verifier) recheck(ctx context.Context) error {
	for round := 0; len(v.fold.rows) > 0 && round < rounds; round++ {
		if round > 0 {
			if err := retry.Sleep(ctx, firstWait<<(round-1)); err != nil {
				return err
			}
		}
		if _, err := v.catchUp(ctx, PhaseAgain); err != nil {
			return err
		}
		differing := map[string]compared{}
		err := v.compare(ctx, PhaseRecheck, v.fold.rows, func(c compared) {
			c.row.touched = false
			differing[c.key] = c
		})
		if err != nil {
			return err
		}
		v.settle(differing, func(c compared) bool { return c.err != nil || len(c.verdict.differences) == 0 })
		if len(v.fold.rows) == 0 {
			return nil
		}
		if err := v.markBeyond(ctx); err != nil {
			return err
		}
		if err := v.newLetters(ctx, differing); err != nil {
			return err
		}
		v.settle(differing, func(c compared) bool { return !c.row.touched })
	}
	v.count(ReasonBeyond, int64(len(v.fold.rows)))
	v.fold.keep(map[string]*row{})
	return nil
}

// newLetters takes back the differences that are about records which were
// dead-lettered since the start.
func (v *verifier) newLetters(ctx context.Context, rows map[string]compared) error {
	letters, err := v.deps.Letters(ctx)
	if err != nil {
		return err
	}
	for key, c := range rows {
		if slices.ContainsFunc(c.verdict.differences, func(d difference) bool { return lettered(letters, &d.by, c.row.table.FullName()) }) {
			c.verdict.withdrawn = ReasonLetter
			rows[key] = c
		}
	}
	return nil
}

// settle accounts for the rows about which something is certain, and drops them.
func (v *verifier) settle(rows map[string]compared, certain func(compared) bool) {
	for key, c := range rows {
		if certain(c) {
			v.account(c)
			delete(rows, key)
			delete(v.fold.rows, key)
		}
	}
}

// account puts a row into the report.
func (v *verifier) account(c compared) {
	if c.err != nil {
		v.count(ReasonUnread, 1)
		v.notes.general("rows could not be read: %v", c.err)
		return
	}
	v.report.Rows++
	v.report.Cells += c.verdict.cells
	for why, n := range c.verdict.unjudged {
		v.count(why, n)
	}
	switch {
	case len(c.verdict.differences) == 0:
	case c.verdict.withdrawn != "":
		v.count(c.verdict.withdrawn, 1)
	default:
		v.report.Differing++
		for _, d := range c.verdict.differences {
			v.report.Differences[d.kind]++
			v.detail(c, d)
		}
	}
}
