package monitoring

import (
	"regexp"
	"strings"
	"testing"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// known is a series' labels, and the words that each may have where they are fixed.
type known map[string][]string

var (
	metricLine = regexp.MustCompile("(?m)^\\| `[^`]+` \\| `([^`]+)` \\| ([a-z -]+) \\|.*\\|([^|]*)\\|$")
	attribute  = regexp.MustCompile("`([^`]+)`(?: \\(([^)]*)\\))?")
	word       = regexp.MustCompile(`^[A-Za-z_]+$`)
)

// targetLabels are the labels that Prometheus gives to all that it scrapes in Kubernetes.
func targetLabels() []string { return []string{"namespace", "job", "instance", "pod"} }

// series gives all that a worker exposes, by the names that Prometheus sees:
// docs/metrics.md, which is made from the source, and what the Go runtime and the
// process add.
func series(t *testing.T) map[string]known {
	t.Helper()
	all := map[string]known{"up": {}}
	for _, line := range metricLine.FindAllStringSubmatch(read(t, "../../docs/metrics.md"), -1) {
		labels := known{}
		for _, one := range attribute.FindAllStringSubmatch(line[3], -1) {
			labels[strings.ReplaceAll(one[1], ".", "_")] = words(one[2])
		}
		if line[2] != "histogram" {
			all[line[1]] = labels
			continue
		}
		all[line[1]+"_sum"], all[line[1]+"_count"] = labels, labels
		bucket := known{"le": nil}
		for name, fixed := range labels {
			bucket[name] = fixed
		}
		all[line[1]+"_bucket"] = bucket
	}
	if len(all) < 30 {
		t.Fatalf("only %d series in docs/metrics.md: the search is broken", len(all))
	}
	for _, name := range ofTheProcess(t) {
		all[name] = known{"quantile": nil}
	}
	return all
}

// words gives those of a list such as "ok, failed"; nil where it is a sentence.
func words(list string) []string {
	all := strings.Split(list, ", ")
	for _, one := range all {
		if !word.MatchString(one) {
			return nil
		}
	}
	return all
}

func ofTheProcess(t *testing.T) []string {
	t.Helper()
	registry := prom.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, family := range families {
		names = append(names, family.GetName())
	}
	return names
}
