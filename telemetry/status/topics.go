package status

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	dto "github.com/prometheus/client_model/go"

	"ingest/telemetry"
)

// component is the name under which the partition reports to Health.
func (p *Partition) component() string { return p.Topic + "/" + strconv.Itoa(p.Partition) }

// partitions gives those that are assigned: the held ones, then those that lag
// most.
func (f families) partitions(reasons []telemetry.Reason) []Partition {
	why := map[string]string{}
	for _, r := range reasons {
		why[r.Component] = r.Reason
	}
	out := []Partition{}
	for _, m := range f[lagMetric] {
		id, err := strconv.Atoi(label(m, "partition"))
		if err != nil { // what the SDK folds together when there are too many
			continue
		}
		p := Partition{Topic: label(m, "topic"), Partition: id, Lag: int64(number(m))}
		p.Held = why[p.component()]
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Partition) int {
		return cmp.Or(byHeld(a, b), cmp.Compare(b.Lag, a.Lag), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return out
}

func byHeld(a, b Partition) int {
	switch {
	case (a.Held == "") == (b.Held == ""):
		return 0
	case a.Held != "":
		return -1
	}
	return 1
}

// topics sums up by topic; the one that lags most is the first.
func (f families) topics(partitions []Partition, w window) []Topic {
	found := map[string]*Topic{}
	topic := func(name string) *Topic {
		if found[name] == nil {
			found[name] = &Topic{Topic: name}
		}
		return found[name]
	}
	for _, p := range partitions {
		t := topic(p.Topic)
		t.Partitions++
		t.Lag += p.Lag
	}
	each := func(metric string, do func(*Topic, *dto.Metric)) {
		for _, m := range f[metric] {
			if name := label(m, "topic"); name != "" { // none: folded together
				do(topic(name), m)
			}
		}
	}
	each(recordsMetric, (*Topic).outcome)
	each(heldMetric, func(t *Topic, m *dto.Metric) { t.Held += int64(number(m)) })
	each(waitingMetric, func(t *Topic, m *dto.Metric) { t.WaitingSeconds = number(m) })
	each(fitsMetric, func(t *Topic, m *dto.Metric) { t.Unfit = number(m) == 0 })
	out := []Topic{}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		t := found[name]
		t.RecordsPerSecond, t.FreshnessSeconds = w.of(name)
		out = append(out, *t)
	}
	slices.SortStableFunc(out, func(a, b Topic) int { return cmp.Compare(b.Lag, a.Lag) })
	return out
}

// outcome counts the records of one outcome. Control records are nobody's.
func (t *Topic) outcome(m *dto.Metric) {
	n := int64(number(m))
	switch label(m, "outcome") {
	case "written":
		t.Written += n
	case "skipped", "dropped":
		t.Skipped += n
	case "dead_lettered":
		t.DeadLettered += n
	}
}
