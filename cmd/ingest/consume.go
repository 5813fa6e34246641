package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/pipeline"
	"ingest/pipeline/deadletter"
	"ingest/pipeline/kafka"
	"ingest/retry"
)

// stuckAfter is how long the poll loop may not turn before the process is
// taken for wedged. It turns at least once a second, whatever servers do.
const stuckAfter = 2 * time.Minute

// consume runs the consumer, with what goes on beside it, until ctx ends or the
// backlog is done.
func (w *worker) consume(ctx, force context.Context, plans []*topicPlan, untilCurrent bool) error {
	fit := w.fitting(plans)
	if len(fit) == 0 { // no topic matches a pattern yet: without one nobody joins the group
		w.health.SetReady(onGroup)
	}
	consumer, err := w.newConsumer(fit)
	if err != nil {
		return err
	}
	watch, err := w.newSchemaWatch(consumer, plans)
	if err != nil {
		return err
	}
	ctx, finish := context.WithCancel(ctx)
	defer finish()
	var beside sync.WaitGroup
	beside.Go(func() { w.session.WatchSchema(ctx, watch.nudge) })
	beside.Go(func() { watch.run(ctx) })
	beside.Go(func() { w.guard(ctx) })
	beside.Go(func() { w.followTopics(ctx, watch) })
	var backlogErr error
	if untilCurrent {
		beside.Go(func() { backlogErr = w.untilCurrent(ctx, fit); finish() })
	}
	err = consumer.Run(ctx, force)
	finish()
	beside.Wait()
	if err == nil && backlogErr != nil {
		err = fmt.Errorf("stopped before catching up: %w", backlogErr)
	}
	return err
}

// guard ends the process when the poll loop no longer turns: nothing of it can be
// trusted to stop by itself, and the group gives its partitions to others.
func (w *worker) guard(ctx context.Context) {
	if err := w.health.WaitStuck(ctx, stuckAfter/4); err != nil {
		w.log.Error("ending the process", "error", err)
		w.process.exit(exitFailed)
	}
}

func (w *worker) newConsumer(fit map[string]pipeline.Topic) (*pipeline.Consumer, error) {
	k := w.cfg.Kafka
	loop := w.health.Watch("poll loop", stuckAfter)
	return pipeline.New(w.cfg.Pipeline, pipeline.Deps{
		Client: w.kafka,
		Group: pipeline.Group{ID: k.GroupID, InstanceID: k.InstanceID, SessionTimeout: k.SessionTimeout,
			FromLatest: k.Start == kafka.StartLatest, FetchMaxBytes: k.FetchMaxBytes, MaxBatchBytes: k.DecompressMaxBytes},
		Topics: fit, Sink: w.writer, Letters: letters{w.letters},
		Floor: w.file.Floor, Generation: int64(w.file.Generation), MaxFuture: w.file.MaxFuture, Mapping: w.file.Hash(),
		Log: w.log, Meter: w.meter, Tracer: w.tracer, Health: w.health.Report, Beat: loop.Beat,
	})
}

// letters lets the dead-letter producer serve the pipeline.
type letters struct{ producer *deadletter.Producer }

func (l letters) Send(ctx context.Context, letter pipeline.Letter, done func(error)) {
	l.producer.Send(ctx, deadletter.Letter(letter), done)
}

// untilCurrent returns once everything that the topics hold now is committed.
func (w *worker) untilCurrent(ctx context.Context, fit map[string]pipeline.Topic) error {
	if len(fit) == 0 { // Kafka takes no topic for all
		return nil
	}
	client, err := kgo.NewClient(w.kafka...)
	if err != nil {
		return fmt.Errorf("setting up the backlog's Kafka client: %w", err)
	}
	defer client.Close()
	topics := make([]string, 0, len(fit))
	for topic := range fit {
		topics = append(topics, topic)
	}
	backlog, err := w.measureBacklog(ctx, kadm.NewClient(client), topics)
	if err != nil {
		return err
	}
	report := w.newProgress(backlog.Total)
	err = backlog.Wait(ctx, report.set)
	report.end(err == nil)
	return err
}

// measureBacklog waits until the broker answers and the topics exist.
func (w *worker) measureBacklog(ctx context.Context, admin *kadm.Client, topics []string) (*pipeline.Backlog, error) {
	backoff := w.backoff()
	for {
		backlog, err := pipeline.MeasureBacklog(ctx, admin, w.cfg.Kafka.GroupID, topics)
		if err == nil {
			return backlog, nil
		}
		if err := backoff.Wait(ctx); err != nil {
			return nil, err
		}
	}
}

func (w *worker) backoff() *retry.Backoff { return &retry.Backoff{Config: w.cfg.Sink.Retry} }
