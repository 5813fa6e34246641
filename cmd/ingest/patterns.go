package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/config"
	"ingest/mapping"
	"ingest/pipeline/kafka"
	"ingest/retry"
)

// followInterval is how often a worker looks for topics that a pattern matches.
const followInterval = 10 * time.Second

// listTopics gives the topics of the cluster that a pattern may match, sorted:
// neither Kafka's own nor that of the dead letters.
func listTopics(ctx context.Context, admin *kadm.Client, letters string) ([]string, error) {
	found, err := admin.ListTopics(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the topics: %w", err)
	}
	names := slices.DeleteFunc(found.Names(), func(name string) bool { return name == letters || found[name].Err != nil })
	slices.Sort(names)
	return names, nil
}

// withTopics gives the file with the topics named that its patterns match.
func (m *mappingFile) withTopics(names []string) *mappingFile {
	out := *m
	out.File = m.Follow(names)
	return &out
}

// follow waits until Kafka says which topics the patterns match now, if there are
// patterns.
func (w *worker) follow(ctx context.Context) error {
	if len(w.file.Patterns) == 0 {
		return nil
	}
	client, err := kgo.NewClient(w.kafka...)
	if err != nil {
		return fmt.Errorf("setting up a Kafka client: %w", err)
	}
	defer client.Close()
	backoff := w.backoff()
	for {
		names, err := listTopics(ctx, kadm.NewClient(client), w.cfg.DeadLetter.Topic)
		if err == nil {
			w.health.Report(onTopics, "")
			w.file = w.file.withTopics(names)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.health.Report(onTopics, err.Error())
		if err := backoff.Wait(ctx); err != nil {
			return err
		}
	}
}

// onTopics is what readiness calls the search for topics.
const onTopics = "topics of patterns"

// followTopics tells the schema watch which topics there are, until ctx ends.
func (w *worker) followTopics(ctx context.Context, watch *schemaWatch) {
	if len(w.file.Patterns) == 0 {
		return
	}
	client, err := kgo.NewClient(w.kafka...)
	if err != nil {
		w.log.Error("new topics will not be found", "error", err)
		return
	}
	defer client.Close()
	for retry.Sleep(ctx, followInterval) == nil {
		asking, cancel := context.WithTimeout(ctx, followInterval)
		names, err := listTopics(asking, kadm.NewClient(client), w.cfg.DeadLetter.Topic)
		cancel()
		switch {
		case ctx.Err() != nil:
		case err != nil:
			w.health.Report(onTopics, "new topics cannot be found: "+err.Error())
		default:
			w.health.Report(onTopics, "")
			watch.seen(names)
		}
	}
}

// follow takes over the topics of the cluster, and gives a plan for each that a
// pattern matches and that had none.
func (p *planner) follow(topics []string) []*topicPlan {
	had := len(p.file.Topics)
	p.file = p.file.withTopics(topics)
	var plans []*topicPlan
	for i := had; i < len(p.file.Topics); i++ {
		plans = append(plans, &topicPlan{index: i, name: p.file.Topics[i].Name, found: true, appeared: true})
	}
	return plans
}

// unmatched holds the entries that no topic feeds yet against a catalog.
func (p *planner) unmatched(catalog *mapping.Catalog) mapping.Diagnostics {
	var found mapping.Diagnostics
	for i := range p.file.Patterns {
		if len(p.file.matched(i)) == 0 {
			_, more := mapping.ExaminePattern(p.file.File, i, catalog)
			found = append(found, more...)
		}
	}
	return found
}

// matched gives the topics of a pattern.
func (m *mappingFile) matched(pattern int) []string {
	var names []string
	for i := range m.Topics {
		if m.Topics[i].Pattern == m.Patterns[pattern].Pattern {
			names = append(names, m.Topics[i].Name)
		}
	}
	return names
}

// shownTopics bounds how many topics of a pattern are told.
const shownTopics = 20

// matches asks Kafka which topics the patterns match now, and says it.
func (p *process) matches(ctx context.Context, cfg *config.Config, file *mappingFile) (*mappingFile, mapping.Diagnostics, error) {
	if len(file.Patterns) == 0 {
		return file, nil, nil
	}
	if len(cfg.Kafka.Brokers) == 0 {
		return file, file.say("", "set INGEST_KAFKA_BROKERS to see which topics the pattern matches now"), nil
	}
	cfg.Kafka.Version = version
	opts, err := kafka.Options(cfg.Kafka, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, misconfigured(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, nil, fmt.Errorf("setting up a Kafka client: %w", err)
	}
	defer client.Close()
	names, err := listTopics(ctx, kadm.NewClient(client), cfg.DeadLetter.Topic)
	if err != nil {
		return nil, nil, fmt.Errorf("waiting for Kafka: %w", err)
	}
	file = file.withTopics(names)
	return file, file.say("no topic of the cluster matches the pattern now", "topics that match later are taken in when they come"), nil
}

// say gives a note for each pattern of the topics that it matches, and a warning
// where there are none: with a text of its own, or that nobody looked.
func (m *mappingFile) say(none, hint string) mapping.Diagnostics {
	var found mapping.Diagnostics
	for i := range m.Patterns {
		at := m.Patterns[i].Pattern.Pos
		d := mapping.Diagnostic{Severity: mapping.Note, File: m.Name, Line: at.Line, Col: at.Col}
		switch names := m.matched(i); {
		case len(names) > 0:
			d.Message = fmt.Sprintf("the pattern matches these topics now (%d): %s", len(names), strings.Join(names[:min(len(names), shownTopics)], ", "))
			if len(names) > shownTopics {
				d.Message += ", …"
			}
		case none == "":
			d.Severity, d.Message, d.Hint = mapping.Warning, "which topics the pattern matches was not looked up", hint
		default:
			d.Severity, d.Message, d.Hint = mapping.Warning, none, hint
		}
		found = append(found, d)
	}
	return found
}

// distinct drops what several topics of one entry have in common.
func distinct(found mapping.Diagnostics) mapping.Diagnostics {
	seen := map[mapping.Diagnostic]bool{}
	return slices.DeleteFunc(found, func(d mapping.Diagnostic) bool {
		d.Topic = ""
		was := seen[d]
		seen[d] = true
		return was
	})
}
