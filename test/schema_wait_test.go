//go:build stack

package test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// flows waits until what a topic holds now is committed.
func (c *changing) flows(topic string) {
	c.t.Helper()
	ends, err := c.admin.ListEndOffsets(c.t.Context(), topic)
	if err != nil {
		c.t.Fatal(err)
	}
	harness.Eventually(c.t, time.Minute, topic+" flows", func() error {
		at, err := commits(c.t.Context(), c.admin, c.name, topic, changingPartitions)
		if err != nil {
			return err
		}
		for p := range int32(changingPartitions) {
			if end, _ := ends.Lookup(topic, p); at[p] < end.Offset || at[p] <= 0 {
				return fmt.Errorf("%s/%d is committed up to %d, want %d at least", topic, p, at[p], end.Offset)
			}
		}
		return nil
	})
}

// change makes a change to the schema, and notes how much was produced by then.
func (c *changing) change(ddl ...string) {
	c.t.Helper()
	execute(c.t, c.session, ddl...)
	c.mu.Lock()
	c.lastDDL = len(c.records)
	c.mu.Unlock()
}

// replanned waits until the worker has planned the topic anew for a change.
func (c *changing) replanned(text string) {
	c.t.Helper()
	harness.Eventually(c.t, time.Minute, "the worker tells of "+text, func() error {
		for line := range strings.Lines(c.Output()) {
			if strings.Contains(line, "planned it anew, and it goes on") && strings.Contains(strings.ReplaceAll(line, `\"`, `"`), text) {
				return nil
			}
		}
		return fmt.Errorf("not yet")
	})
}

// plans says how often the topic was planned anew and went on.
func (c *changing) plans() int { return strings.Count(c.Output(), "planned it anew, and it goes on") }

// holds waits until the worker holds the topic and says why, and sees that
// nothing of it is committed while the quiet topic flows.
func (c *changing) holds(texts ...string) {
	c.t.Helper()
	c.untilUnready("topic "+c.name, append(texts, "Change the table back", "goes on by itself")...)
	harness.Eventually(c.t, time.Minute, "its partitions are held", func() error { return c.held("schema", changingPartitions) })
	c.flows(c.name + "_quiet")
	time.Sleep(500 * time.Millisecond) // the last commit of what was resolved before
	before := c.at()
	c.flows(c.name + "_quiet")
	if after := c.at(); !slices.Equal(before, after) {
		c.t.Errorf("the held topic was committed up to %v and then %v", before, after)
	}
	if err := c.lagging(); err == nil {
		c.t.Error("the topic is held and has no lag")
	}
}

func (c *changing) at() []int64 {
	c.t.Helper()
	at, err := commits(c.t.Context(), c.admin, c.name, c.name, changingPartitions)
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// goesOn waits until the topic flows again.
func (c *changing) goesOn() {
	c.t.Helper()
	c.untilReady()
	c.flows(c.name)
}

// end stops the load, and gives every record once all are committed.
func (c *changing) end() []*kgo.Record {
	c.t.Helper()
	c.stop()
	c.loading.Wait()
	if c.err != nil {
		c.t.Fatal(c.err)
	}
	harness.Eventually(c.t, time.Minute, "everything is committed", c.lagging)
	c.untilReady()
	c.noLetters()
	return c.records
}
