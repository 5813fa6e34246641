package deadletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"ingest/pipeline/kafka"
	"ingest/retry"
)

// ensureTimeout bounds one attempt, so that an outage is noticed and told.
const ensureTimeout = 5 * time.Second

// EnsureTopic creates the dead-letter topic when it is missing, and waits while
// Kafka is away. Its error is ctx's cause, ErrClosed, or a *retry.Error of class
// Configuration that says what the worker lacks.
func (p *Producer) EnsureTopic(ctx context.Context) error {
	backoff := retry.Backoff{Config: p.deps.Retry}
	for {
		err := p.ensureOnce(ctx)
		if err == nil || retry.ClassOf(err) == retry.Configuration {
			p.status.settled()
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if p.ctx.Err() != nil {
			return ErrClosed
		}
		reason := fmt.Sprintf("asking Kafka for dead-letter topic %q: %v", p.cfg.Topic, err)
		if advice := kafka.Advice(err); advice != "" {
			reason += ": " + advice
		}
		p.status.starting(reason)
		if err := backoff.Wait(ctx); err != nil {
			return err
		}
	}
}

func (p *Producer) ensureOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ensureTimeout)
	defer cancel()
	admin := kadm.NewClient(p.batched)
	topics, err := admin.ListTopics(ctx, p.cfg.Topic)
	if err == nil {
		err = kerr.UnknownTopicOrPartition
		if topic, ok := topics[p.cfg.Topic]; ok {
			err = topic.Err
		}
	}
	if !errors.Is(err, kerr.UnknownTopicOrPartition) {
		return p.verdict("Describe", err)
	}
	created, err := admin.CreateTopic(ctx, p.cfg.Partitions, p.cfg.ReplicationFactor, nil, p.cfg.Topic)
	if err == nil {
		err = created.Err
	}
	if errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	return p.verdict("Create", err)
}

// verdict tells what only a person can change from what passes by itself.
func (p *Producer) verdict(right string, err error) error {
	var advice string
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		advice = fmt.Sprintf("grant the worker %s on topic %q, or create the topic for it with Write and Describe granted", right, p.cfg.Topic)
	case errors.Is(err, kerr.InvalidReplicationFactor):
		advice = "set INGEST_DEAD_LETTER_REPLICATION_FACTOR to what the cluster has brokers for, or create the topic by hand"
	case errors.Is(err, kerr.InvalidPartitions):
		advice = "set INGEST_DEAD_LETTER_PARTITIONS to what the cluster allows, or create the topic by hand"
	case errors.Is(err, kerr.PolicyViolation), errors.Is(err, kerr.InvalidTopicException), errors.Is(err, kerr.InvalidConfig):
		advice = "create a topic that the cluster's policy allows and name it in INGEST_DEAD_LETTER_TOPIC"
	default:
		return err
	}
	return &retry.Error{Class: retry.Configuration, Err: fmt.Errorf("dead-letter topic %q: %s: %w", p.cfg.Topic, advice, err)}
}
