package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"ingest/mapping"
	"ingest/pipeline"
	"ingest/retry"
)

// Times of the schema watch.
const (
	// lookInterval is how often topics that do not fit are tried again without a
	// changed table: a schema may have been registered.
	lookInterval = 30 * time.Second
	// lookPause keeps looks apart, since every failed write may ask for one.
	lookPause = 250 * time.Millisecond
	// lookTimeout bounds one look, so that a registry that is away for one topic
	// does not keep the others' changes from being seen.
	lookTimeout = 10 * time.Second
)

// subscriptions is what the schema watch tells the consumer.
type subscriptions interface {
	Add(ctx context.Context, topic string, t pipeline.Topic)
	Hold(topic, reason string)
	Replace(topic string, mapper pipeline.Mapper)
}

// live is where the schema watch learns what the mapping is held against.
type live interface {
	catalog(ctx context.Context) (*mapping.Catalog, error)
	one(ctx context.Context, topic int, catalog *mapping.Catalog) (compiled, error)
	follow(topics []string) []*topicPlan
}

// schemaWatch owns the plans of a running worker. It compares the live tables
// with those that each topic was planned for, plans anew where they differ, and
// tries again what does not fit, whether it ever did or not. Its goroutine alone
// touches the plans.
type schemaWatch struct {
	nudges
	topics   topicList
	refused  *refusals
	live     live
	consumer subscriptions
	topic    func(*mapping.Program) pipeline.Topic
	plans    []*topicPlan
	growing  sync.Mutex // held where plans grows and by observe
	backoff  *retry.Backoff
	log      *slog.Logger
	warn     func(mapping.Diagnostics)
	report   func(component, reason string)
	replans  metric.Int64Counter
}

func (w *worker) newSchemaWatch(consumer subscriptions, plans []*topicPlan) (*schemaWatch, error) {
	s := &schemaWatch{nudges: w.schema, refused: &w.refused, live: w.planner(), consumer: consumer, topic: w.topic, plans: plans,
		backoff: w.backoff(), log: w.log, warn: w.warn, report: w.health.Report}
	return s, s.instruments(w.meter)
}

func (s *schemaWatch) instruments(m metric.Meter) error {
	var errs [2]error
	s.replans, errs[0] = m.Int64Counter("ingest.mapping.plans", metric.WithUnit("{plan}"),
		metric.WithDescription("Plans made anew because a live table changed, by topic and by whether the mapping fits."))
	_, errs[1] = m.Int64ObservableGauge("ingest.mapping.fits", metric.WithDescription("Whether a topic's mapping fits the live tables (1) or not (0), when it is held or left out."),
		metric.WithInt64Callback(s.observe))
	return errors.Join(errs[:]...)
}

// observe is the only reader of the plans beside the watch's goroutine.
func (s *schemaWatch) observe(_ context.Context, o metric.Int64Observer) error {
	s.growing.Lock()
	plans := slices.Clone(s.plans)
	s.growing.Unlock()
	for _, t := range plans {
		fits := int64(0)
		if t.fits.Load() {
			fits = 1
		}
		o.Observe(fits, metric.WithAttributes(attribute.String("topic", t.name)))
	}
	return nil
}

// nudges ask for a look. Several become one.
type nudges struct{ asked chan struct{} }

func newNudges() nudges { return nudges{make(chan struct{}, 1)} }

// nudge asks for a look, from any goroutine, and never blocks.
func (n nudges) nudge() {
	select {
	case n.asked <- struct{}{}:
	default:
	}
}

// run looks at once, since a table may have changed while the worker started, and
// then whenever it is nudged or time has come, until ctx ends.
func (s *schemaWatch) run(ctx context.Context) {
	for ctx.Err() == nil {
		next := lookInterval
		if err := s.look(ctx); err != nil {
			next = max(s.backoff.Next(), lookPause) // the parts say themselves for whom they wait
		} else {
			s.backoff.Reset()
		}
		s.pause(ctx, lookPause, nil)
		s.pause(ctx, next-lookPause, s.asked)
	}
}

// pause waits, for d at most.
func (s *schemaWatch) pause(ctx context.Context, d time.Duration, until <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-until:
	}
}

// look plans anew whatever needs it. An error means that somebody did not answer:
// what could not be looked at is as it was, or held.
func (s *schemaWatch) look(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	catalog, err := s.live.catalog(asking)
	if err != nil {
		return err
	}
	s.grow()
	s.holdRefused()
	var failed []error
	for _, t := range s.plans {
		changes := t.changes(catalog)
		if t.gone {
			continue
		}
		if len(changes) == 0 && (t.program != nil || time.Now().Before(t.rests)) {
			continue
		}
		c, err := s.live.one(asking, t.index, catalog)
		failed = append(failed, err)
		s.plan(ctx, t, &c, err, changes)
	}
	s.reportLeftOut()
	return errors.Join(failed...)
}

// plan takes over what a topic was planned as anew, or what kept it from being
// planned. ctx is that of the worker and not of one look: the consumer must hear
// of the plan however long the others' took.
func (s *schemaWatch) plan(ctx context.Context, t *topicPlan, c *compiled, err error, changes []string) {
	switch {
	case err != nil && t.program != nil:
		// Without the registry nobody knows whether records still fit: those that do
		// not would become dead letters.
		s.hold(t, "a live table has changed ("+summary(changes)+"), and the schema registry has not answered whether the mapping still fits")
	case err != nil:
	case c.program == nil:
		s.unfit(t, c.found, changes)
	default:
		s.fit(ctx, t, c, changes)
	}
}

func (s *schemaWatch) fit(ctx context.Context, t *topicPlan, c *compiled, changes []string) {
	s.warn(c.found)
	t.fit(c.program)
	if !t.consumed {
		s.log.Info("the topic's mapping fits now; consuming it", "topic", t.name)
		t.consumed = true
		topic := s.topic(c.program)
		topic.Whole = t.appeared
		s.consumer.Add(ctx, t.name, topic)
		return
	}
	if len(changes) == 0 && !t.rests.IsZero() {
		s.log.Info("trying again to write the topic's records", "topic", t.name)
	} else {
		s.log.Warn("the live tables of a topic have changed; planned it anew, and it goes on", "topic", t.name, "changes", summary(changes))
		s.count(t.name, "fits")
	}
	t.rests = time.Time{}
	s.consumer.Replace(t.name, s.topic(c.program).Mapper)
}

func (s *schemaWatch) unfit(t *topicPlan, found mapping.Diagnostics, changes []string) {
	was := t.reason
	if !t.consumed {
		t.misfit(found)
		return
	}
	reason := fmt.Sprintf("the mapping no longer fits (%s): %s. Change the table back, or correct the mapping file and restart; the topic goes on by itself when it fits",
		summary(changes), oneLine(found.Err()))
	if reason != was {
		s.count(t.name, "unfit")
		s.hold(t, reason)
	}
}

// hold stops a topic that was consumed. Its partitions stay where they are.
func (s *schemaWatch) hold(t *topicPlan, reason string) {
	t.unfit(reason)
	s.consumer.Hold(t.name, reason)
}

// summary writes what has changed since the topic was last planned.
func summary(changes []string) string {
	if len(changes) == 0 {
		return "they are as they were again"
	}
	return strings.Join(changes, "; ")
}

func (s *schemaWatch) count(topic, result string) {
	s.replans.Add(context.Background(), 1, metric.WithAttributes(attribute.String("topic", topic), attribute.String("result", result)))
}

// reportLeftOut says which topics have never been consumed because their mapping
// does not fit. Those that no longer fit are the consumer's to report.
func (s *schemaWatch) reportLeftOut() {
	var names, reasons []string
	for _, t := range s.plans {
		if !t.consumed && !t.gone {
			names = append(names, t.name)
			reasons = append(reasons, t.reason)
		}
	}
	reason := ""
	if len(names) > 0 {
		reason = fmt.Sprintf("topics left out because their mapping does not fit: %q: %s", names, strings.Join(reasons, "; "))
	}
	s.report(onMapping, reason)
}
