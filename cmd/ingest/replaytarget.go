package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/metric/noop"

	"ingest/mapping/registry"
	"ingest/pipeline/deadletter/replay"
	"ingest/sink"
)

// replayTarget is where a replay writes: the cluster, by today's mapping.
type replayTarget struct {
	file     *mappingFile
	config   sink.Config
	deps     sink.Deps
	session  *sink.Session
	registry *registry.Client
	writer   *sink.Writer // nil before open
	planner  *planner
	within   time.Duration // for planning a topic that only a pattern matches
	plans    map[string]compiled
}

// connect reaches Cassandra and the registry in time and plans every topic of the
// file, or those that the flags name.
func (c *replayCommand) connect(ctx context.Context, file *mappingFile) (_ *replayTarget, err error) {
	ctx, cancel := c.soon(ctx)
	defer cancel()
	said := &waits{out: c.stderr}
	t := &replayTarget{file: file, config: c.cfg.Sink, deps: sink.Deps{Log: slog.New(slog.DiscardHandler), Meter: noop.Meter{}, Waiting: said.hear}}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	t.registry, err = openRegistry(c.cfg, file, registry.Deps{Log: t.deps.Log, Meter: t.deps.Meter, Waiting: said.hear, Retry: c.cfg.Sink.Retry})
	if err != nil {
		return nil, err
	}
	if t.session, err = sink.Connect(ctx, c.cfg.Sink, t.deps); err != nil {
		if ctx.Err() == nil {
			return nil, misconfigured(err)
		}
		return nil, c.lateFor(ctx, "Cassandra", err)
	}
	t.within = c.timeout
	p := &planner{file: file, keyspace: c.cfg.Sink.Cassandra.Keyspace, session: t.session, registry: t.registry}
	found, err := p.compile(ctx, c.mapped(p))
	if err != nil {
		return nil, c.lateFor(ctx, "Cassandra or the schema registry", err)
	}
	t.planner, t.plans = p, map[string]compiled{}
	for _, plan := range found {
		t.plans[plan.topic] = plan
	}
	return t, nil
}

// mapped gives the topics of the file that letters can be of, by their index.
func (c *replayCommand) mapped(p *planner) []int {
	return slices.DeleteFunc(p.all(), func(i int) bool {
		return len(c.chosen.topics) > 0 && !slices.Contains(c.chosen.topics, p.file.Topics[i].Name)
	})
}

func (c *replayCommand) lateFor(ctx context.Context, server string, err error) error {
	if errors.Is(context.Cause(ctx), errLate) {
		return fmt.Errorf("no answer from %s within %v; see the lines above, or raise --timeout", server, c.timeout)
	}
	return err
}

// open makes the writer. stop ends the replay when a table is no longer what its
// letters were mapped for.
func (t *replayTarget) open(stop context.CancelCauseFunc) (replay.Sink, error) {
	deps := t.deps
	deps.SchemaChanged = func(table string) {
		stop(fmt.Errorf("table %s has changed since the replay began", table))
	}
	var err error
	t.writer, err = sink.NewWriter(t.session, t.config, deps)
	return t.writer, err
}

// plan gives the mapper of what failed.
func (t *replayTarget) plan(topic string, tables []string) (replay.Mapper, error) {
	if _, ok := t.plans[topic]; !ok {
		if err := t.follow(topic); err != nil {
			return nil, err
		}
	}
	c, ok := t.plans[topic]
	switch {
	case !ok:
		return nil, fmt.Errorf("topic %q is not in %s", topic, t.file.path)
	case c.program == nil:
		return nil, fmt.Errorf("the mapping of topic %q does not fit: %s", topic, oneLine(c.found.Err()))
	case len(tables) == 0:
		return registry.NewMapper(c.program, t.registry), nil
	}
	program, err := c.program.Only(tables...)
	if err != nil {
		return nil, err
	}
	return registry.NewMapper(program, t.registry), nil
}

// follow plans a topic if a pattern matches it. The topic may be gone by now.
func (t *replayTarget) follow(topic string) error {
	ctx, cancel := context.WithTimeout(context.Background(), t.within)
	defer cancel()
	for _, plan := range t.planner.follow([]string{topic}) {
		found, err := t.planner.compile(ctx, []int{plan.index})
		if err != nil {
			return err
		}
		t.plans[topic] = found[0]
	}
	return nil
}

// close ends what was opened, Cassandra last.
func (t *replayTarget) close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if t.writer != nil {
		_ = t.writer.Close(ctx) // what has no outcome was counted as interrupted
	}
	if t.session != nil {
		t.session.Close()
	}
	if t.registry != nil {
		t.registry.Close()
	}
}
