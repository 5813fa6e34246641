package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// tester runs faults and mutants against the tests, and tells how it went.
type tester struct {
	root    string
	workers int
	partly  bool // some were left out
	table   bool // say the planted faults as a table of docs/mutants.md
	out     io.Writer
}

// plant breaks the code in the ways of the listing. Each test that a fault names
// must pass without it, and with it must fail by its own word.
func (t *tester) plant(ctx context.Context, faults []fault) error {
	changed := make([]map[string]string, len(faults))
	errs := make([]error, len(faults))
	for i := range faults {
		changed[i], errs[i] = faults[i].apply(t.root)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := t.pass(ctx, faults); err != nil {
		return err
	}
	p := progress{out: t.out, of: len(faults)}
	rows := make([]string, len(faults))
	failed := t.each(ctx, len(faults), func(ctx context.Context, i int) error {
		start := time.Now()
		seconds, err := t.caught(ctx, &faults[i], changed[i])
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rows[i] = faults[i].row(seconds)
		word := "caught"
		if err != nil {
			word = "MISSED"
		}
		p.say(word, time.Since(start), fmt.Sprintf("%s: %s", faults[i].Name, orText(err, faults[i].Tests)))
		return err
	})
	if t.table {
		fmt.Fprintln(t.out, strings.Join(rows, "\n"))
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d planted faults were not caught as planted", failed, len(faults))
	}
	return context.Cause(ctx)
}

// pass sees the named tests pass as long as nothing is broken.
func (t *tester) pass(ctx context.Context, faults []fault) error {
	tests := namedTests(faults)
	var missing []error
	for _, pkg := range slices.Sorted(maps.Keys(tests)) {
		o, err := goTest(ctx, t.root, pkg, nil, tests[pkg])
		if err != nil {
			return err
		}
		if o.verdict != passed {
			return fmt.Errorf("%s %s without any fault:\n%s", pkg, o.verdict, excerpt(o.output))
		}
		for _, name := range tests[pkg] {
			if !o.ran[name] {
				missing = append(missing, fmt.Errorf("%s has no test %s", pkg, name))
			}
		}
	}
	return errors.Join(missing...)
}

// caught says why a fault was not caught; nil when each of its tests failed, after
// so many seconds together.
func (t *tester) caught(ctx context.Context, f *fault, changed map[string]string) (seconds float64, err error) {
	o, err := goTest(ctx, t.root, f.Package, changed, f.tests())
	switch {
	case err != nil:
		return 0, err
	case o.verdict == passed:
		return 0, errors.New("its tests pass")
	case o.verdict != failed:
		return 0, fmt.Errorf("%s\n%s", o.verdict, excerpt(o.output))
	}
	for _, name := range f.tests() {
		if !o.failed[name] {
			return 0, fmt.Errorf("%s passes", name)
		}
	}
	return o.seconds, nil
}

// each calls f for the numbers below n, some at once, and counts its errors.
func (t *tester) each(ctx context.Context, n int, f func(context.Context, int) error) int {
	var group errgroup.Group
	group.SetLimit(t.workers)
	failed := make([]bool, n)
	for i := range n {
		group.Go(func() error {
			if ctx.Err() == nil {
				failed[i] = f(ctx, i) != nil
			}
			return nil
		})
	}
	_ = group.Wait() // none is an error of the group's
	count := 0
	for _, f := range failed {
		if f {
			count++
		}
	}
	return count
}

// orText is an error's text, or another when there is none.
func orText(err error, text string) string {
	if err != nil {
		return strings.TrimSpace(err.Error())
	}
	return text
}
