package pipeline

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Kafka gives no error for what the alarms tell of, so the watch looks for it.
type alarms struct {
	consumer *Consumer
	blocked  map[*partition]blocked
	keeps    map[string]time.Duration // delete.retention.ms of the topics that are compacted
	retains  map[string]time.Duration // retention.ms of the topics that delete old records
	asked    time.Time                // when both were last learnt
}

// blocked is a last stable offset that does not move while the log grows.
type blocked struct {
	stable int64
	since  time.Time
	told   bool
}

// openTooLong is when an open transaction is told of: the default of the broker's
// transaction.max.timeout.ms, after which it should have been aborted. Older ones
// hang (KIP-664, KIP-890).
const openTooLong = 15 * time.Minute

// keepsInterval is how often the topics' settings are asked for.
const keepsInterval = 10 * time.Minute

// look compares where partitions end for a reader of committed records with where
// they end at all, and how old what arrives is.
func (a *alarms) look(ctx context.Context, topics []string, stable kadm.ListedOffsets) {
	a.learn(ctx, topics)
	high, err := a.consumer.admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		return
	}
	now, seen := time.Now(), map[*partition]blocked{}
	for _, p := range a.consumer.current() {
		end, ok := high.Lookup(p.topic, p.id)
		last, found := stable.Lookup(p.topic, p.id)
		if !ok || !found || end.Err != nil || last.Err != nil {
			continue
		}
		a.overdue(p, now)
		p.retained.Store(a.used(p, now))
		if last.Offset < end.Offset {
			seen[p] = a.standing(p, last.Offset, now)
		} else {
			p.blocked.Store(0)
		}
	}
	a.blocked = seen
}

// standing follows a transaction that is open at the last stable offset.
func (a *alarms) standing(p *partition, stable int64, now time.Time) blocked {
	b, known := a.blocked[p]
	if !known || b.stable != stable {
		b = blocked{stable: stable, since: now}
	}
	age := now.Sub(b.since)
	p.blocked.Store(age.Milliseconds())
	if age >= openTooLong && !b.told {
		b.told = true
		p.log.Warn("a transaction has been open for long: records after it cannot be read before it ends; find it with kafka-transactions.sh find-hanging, and abort it",
			"topic", p.topic, "partition", p.id, "last_stable_offset", stable, "open_for", age.Round(time.Second))
	}
	return b
}

// overdue says when a partition of a compacted topic is read so late that
// tombstones may have been compacted away before they were read: rows that were
// deleted in the log would stay in the table. Age is that of the record that
// arrived last.
func (a *alarms) overdue(p *partition, now time.Time) {
	keep, compacted := a.keeps[p.topic]
	arrived := p.arrivedMillis.Load()
	behind := arrived > 0 && p.end.Load() > p.position().offset
	if !compacted || !behind || now.Sub(time.UnixMilli(arrived)) <= keep {
		p.atRisk.Store(false)
		return
	}
	if !p.atRisk.Swap(true) {
		p.log.Warn("records of a compacted topic are read later than delete.retention.ms after they were written: deletes may have been compacted away unread, and their rows stay; "+
			"compare with ingest verify, and raise delete.retention.ms", "topic", p.topic, "partition", p.id, "delete_retention", keep)
	}
}

// used gives, in millionths, how much of retention.ms had gone by for what a
// partition that is behind delivered last. At a million Kafka deletes records that
// were not read.
func (a *alarms) used(p *partition, now time.Time) int64 {
	retention, arrived := a.retains[p.topic], p.arrivedMillis.Load()
	if retention <= 0 || arrived <= 0 || p.end.Load() <= p.position().offset {
		return 0
	}
	return int64(max(0, float64(now.UnixMilli()-arrived)/float64(retention.Milliseconds())) * 1e6)
}

// learn asks for how long the topics keep records and deletes. Without the right to DESCRIBE_CONFIGS
// nothing is known, and nothing is told.
func (a *alarms) learn(ctx context.Context, topics []string) {
	if time.Since(a.asked) < keepsInterval {
		return
	}
	found, err := a.consumer.admin.DescribeTopicConfigs(ctx, topics...)
	if err != nil {
		return
	}
	a.asked, a.keeps, a.retains = time.Now(), map[string]time.Duration{}, map[string]time.Duration{}
	for _, topic := range found {
		settings := map[string]string{}
		for _, c := range topic.Configs {
			settings[c.Key] = c.MaybeValue()
		}
		policy := settings["cleanup.policy"]
		note(a.keeps, topic.Name, settings["delete.retention.ms"], strings.Contains(policy, "compact"))
		note(a.retains, topic.Name, settings["retention.ms"], strings.Contains(policy, "delete"))
	}
}

// note keeps a setting in milliseconds; -1 is for ever. Ages beyond a Duration's 292
// years are for ever too.
func note(into map[string]time.Duration, topic, setting string, counts bool) {
	millis, err := strconv.ParseInt(setting, 10, 64)
	if counts && err == nil && millis >= 0 && millis < math.MaxInt64/int64(time.Millisecond) {
		into[topic] = time.Duration(millis) * time.Millisecond
	}
}

// observeAlarms gives, for each topic, the longest open transaction, how many
// partitions may have lost deletes, and how near the furthest is to losing records.
func (c *Consumer) observeAlarms(_ context.Context, o metric.Observer) error {
	open, risky, used := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, p := range c.current() {
		open[p.topic] = max(open[p.topic], p.blocked.Load())
		used[p.topic] = max(used[p.topic], p.retained.Load())
		if p.atRisk.Load() {
			risky[p.topic]++
		}
	}
	for topic, millis := range open {
		attributes := metric.WithAttributes(attribute.String("topic", topic))
		o.ObserveFloat64(c.shared.metrics.open, float64(millis)/1e3, attributes)
		o.ObserveInt64(c.shared.metrics.atRisk, risky[topic], attributes)
		o.ObserveFloat64(c.shared.metrics.retained, float64(used[topic])/1e6, attributes)
	}
	return nil
}
