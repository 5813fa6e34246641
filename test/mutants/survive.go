package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// mutated are the files that decide what is committed, and with which clock;
// mutatedPackage has their tests.
var mutated = []string{"pipeline/clock.go", "pipeline/state.go", "pipeline/ledger.go", "pipeline/committer.go"}

const mutatedPackage = "pipeline"

// leastKilled is the share of mutants that the tests must tell from the code.
const leastKilled = 0.9

// survive runs the tests against every mutant. All but the known survivors must
// die, and of all at least leastKilled.
func (t *tester) survive(ctx context.Context, mutants []*mutant, known map[string]string) error {
	folder, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	w := &weaver{root: t.root, mutants: mutants, broken: map[int]bool{}}
	if w.sources, err = readAll(t.root, mutated); err != nil {
		return err
	}
	binary := filepath.Join(folder, "woven.test")
	if err := w.compile(ctx, binary); err != nil {
		return err
	}
	if v, said, err := runBinary(ctx, t.root, binary, 0); err != nil || v != passed {
		return errors.Join(fmt.Errorf("the tests without a mutant at work: %s\n%s", v, excerpt(said)), err)
	}
	verdicts := make([]verdict, len(mutants))
	p := progress{out: t.out, of: len(mutants)}
	failed := t.each(ctx, len(mutants), func(ctx context.Context, i int) error {
		start := time.Now()
		var err error
		if mutants[i].in == nil {
			verdicts[i], err = w.apart(ctx, i, filepath.Join(folder, fmt.Sprint(i, ".test")))
		} else if verdicts[i] = notBuilt; !w.broken[i] {
			verdicts[i], _, err = runBinary(ctx, t.root, binary, i+1)
		}
		p.say(word(verdicts[i], err), time.Since(start), fmt.Sprintf("%s (line %d)", mutants[i].name, mutants[i].line))
		return err
	})
	if failed > 0 || ctx.Err() != nil {
		return errors.Join(fmt.Errorf("%d runs were not finished", failed), context.Cause(ctx))
	}
	return t.judge(mutants, verdicts, known)
}

// apart compiles and runs the tests with one mutant that is not woven in.
func (w *weaver) apart(ctx context.Context, i int, binary string) (verdict, error) {
	m := w.mutants[i]
	defer os.Remove(binary)
	if _, err := goTestCompile(ctx, w.root, map[string]string{m.file: m.apart(w.sources[m.file])}, binary); err != nil {
		return notBuilt, context.Cause(ctx)
	}
	v, _, err := runBinary(ctx, w.root, binary, 0)
	return v, err
}

func word(v verdict, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case v == passed:
		return "SURVIVED"
	}
	return string(v)
}

// judge counts, and says what differs from the list of survivors.
func (t *tester) judge(mutants []*mutant, verdicts []verdict, known map[string]string) error {
	var wrong []error
	built, killed := 0, 0
	stale := maps.Clone(known)
	for i, m := range mutants {
		if verdicts[i] == notBuilt {
			continue
		}
		built++
		_, listed := known[m.name]
		delete(stale, m.name)
		switch {
		case listed && verdicts[i] == timedOut: // a busy machine's
		case verdicts[i] != passed:
			killed++
			if listed {
				wrong = append(wrong, fmt.Errorf("killed, though listed as a survivor: %s", m.name))
			}
		case !listed:
			wrong = append(wrong, fmt.Errorf("survived: %s (%s:%d)", m.name, m.file, m.line))
		}
	}
	if !t.partly {
		for name := range stale {
			wrong = append(wrong, fmt.Errorf("a survivor is listed that is no mutant: %s", name))
		}
	}
	share := float64(killed) / float64(max(1, built))
	fmt.Fprintf(t.out, "%d mutants, %d of them compile, %d killed: %.1f %%\n", len(mutants), built, killed, 100*share)
	if share < leastKilled && !t.partly {
		wrong = append(wrong, fmt.Errorf("fewer than %.0f %% were killed", 100*leastKilled))
	}
	return errors.Join(wrong...)
}
