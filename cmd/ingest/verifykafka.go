package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/pipeline/deadletter"
	"ingest/pipeline/verify"
)

// withAdmin uses an admin client of its own.
func (v *verification) withAdmin(ctx context.Context, use func(context.Context, *kadm.Client) error) error {
	client, err := kgo.NewClient(v.kafka...)
	if err != nil {
		return fmt.Errorf("setting up a Kafka client: %w", err)
	}
	defer client.Close()
	soon, cancel := context.WithTimeoutCause(ctx, v.flags.timeout, errLate)
	defer cancel()
	return use(soon, kadm.NewClient(client))
}

// follow takes in the topics that the patterns match.
func (v *verification) follow(ctx context.Context) error {
	if len(v.file.Patterns) == 0 {
		return nil
	}
	return v.withAdmin(ctx, func(ctx context.Context, admin *kadm.Client) error {
		names, err := listTopics(ctx, admin, v.cfg.DeadLetter.Topic)
		if err == nil {
			v.file = v.file.withTopics(names)
		}
		return err
	})
}

// askPolicies finds the topics whose records may be compacted away.
func askPolicies(ctx context.Context, admin *kadm.Client, topics []verify.Topic) error {
	var names []string
	for i := range topics {
		names = append(names, topics[i].Name)
	}
	configs, err := admin.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return fmt.Errorf("asking for the settings of the topics: %w", err)
	}
	for i := range topics {
		c, err := configs.On(topics[i].Name, nil)
		if err == nil {
			err = c.Err
		}
		if err != nil {
			return settingsError(topics[i].Name, err)
		}
		for _, entry := range c.Configs {
			if entry.Key == "cleanup.policy" && entry.Value != nil {
				topics[i].Compact = strings.Contains(*entry.Value, "compact")
			}
		}
	}
	return nil
}

// settingsError says what to do about a topic whose settings are not told.
func settingsError(topic string, err error) error {
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return fmt.Errorf("there is no topic %q: create it, correct the mapping file, or name others with --topic: %w", topic, err)
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return fmt.Errorf("grant DESCRIBE_CONFIGS on topic %q, for verify must know whether it is compacted: %w", topic, err)
	}
	return fmt.Errorf("asking for the settings of topic %q: %w", topic, err)
}

// maxLetters bounds the dead letters that are held in memory.
const maxLetters = 1_000_000

// lettersOf gives the records of topics that were dead-lettered so far and not
// replayed.
func (v *verification) lettersOf(topics []verify.Topic) verify.Letters {
	return func(ctx context.Context) (map[verify.Place][]string, error) {
		there := false
		err := v.withAdmin(ctx, func(ctx context.Context, admin *kadm.Client) error {
			found, err := admin.ListTopics(ctx, v.cfg.DeadLetter.Topic)
			if err != nil {
				return fmt.Errorf("asking for the dead-letter topic: %w", err)
			}
			there = found.Has(v.cfg.DeadLetter.Topic)
			return nil
		})
		if err != nil || !there { // nothing has been dead-lettered
			return nil, err
		}
		return v.letters(ctx, topics)
	}
}

// letters gives the records of the topics that were dead-lettered and not replayed,
// with the tables that failed.
func (v *verification) letters(ctx context.Context, topics []verify.Topic) (map[verify.Place][]string, error) {
	f := &deadletter.Filter{Group: v.cfg.Kafka.GroupID}
	for i := range topics {
		f.Topics = append(f.Topics, topics[i].Name)
	}
	reader, err := deadletter.NewReader(ctx, v.kafka, []string{v.cfg.DeadLetter.Topic}, f.Since)
	if err != nil {
		return nil, err
	}
	bar := newReadingBar(v.stderr)
	defer bar.end()
	reader.Progress = bar.set
	found, replayed := map[verify.Place][]string{}, map[verify.Place]bool{}
	err = reader.Each(ctx, f, func(l *deadletter.Stored) error {
		if l.Fault != nil {
			return nil
		}
		at := verify.Place(l.Source())
		if l.Replayed {
			replayed[at] = true
			return nil
		}
		found[at] = l.Tables
		if len(found) > maxLetters {
			return fmt.Errorf("topic %s holds more than %d dead letters of these topics that are not replayed: choose fewer with --topic", v.cfg.DeadLetter.Topic, maxLetters)
		}
		return nil
	})
	for at := range replayed { // a record can have two letters
		delete(found, at)
	}
	return found, err
}
