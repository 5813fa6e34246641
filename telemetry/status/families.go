package status

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// The metrics that the page reads, by their names on /metrics.
const (
	lagMetric         = "ingest_lag"
	heldMetric        = "ingest_partitions_held"
	recordsMetric     = "ingest_records_total"
	freshnessMetric   = "ingest_freshness_seconds"
	waitingMetric     = "ingest_unacknowledged_age_seconds"
	fitsMetric        = "ingest_mapping_fits"
	requestsMetric    = "ingest_sink_requests"
	limitMetric       = "ingest_sink_requests_limit"
	deadLettersMetric = "ingest_dead_letters_total"
	retriesMetric     = "ingest_sink_retries_total"
)

// families are metrics by name.
type families map[string][]*dto.Metric

// gather asks for all metrics. What could be gathered counts, as on /metrics.
func gather(from prometheus.Gatherer) (families, error) {
	found, err := from.Gather()
	out := make(families, len(found))
	for _, f := range found {
		out[f.GetName()] = f.GetMetric()
	}
	return out, err
}

// label gives a label's value, "" when it is not there.
func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// number gives the value of a counter or gauge.
func number(m *dto.Metric) float64 {
	if c := m.GetCounter(); c != nil {
		return c.GetValue()
	}
	return m.GetGauge().GetValue()
}

// counts sums a metric up by class, the largest first.
func (f families) counts(name string) []Count {
	sums := map[string]int64{}
	for _, m := range f[name] {
		sums[label(m, "class")] += int64(number(m))
	}
	out := []Count{}
	for _, class := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, Count{class, sums[class]})
	}
	slices.SortStableFunc(out, func(a, b Count) int { return int(b.Count - a.Count) })
	return out
}

// nodes gives the nodes of Cassandra by address.
func (f families) nodes() []Node {
	found := map[string]Node{}
	for _, m := range f[requestsMetric] {
		address := label(m, "server_address")
		found[address] = Node{Address: address, Requests: int64(number(m))}
	}
	for _, m := range f[limitMetric] {
		n := found[label(m, "server_address")]
		n.Address, n.Limit = label(m, "server_address"), int64(number(m))
		found[n.Address] = n
	}
	out := []Node{}
	for _, address := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[address])
	}
	return out
}
