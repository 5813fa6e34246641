//go:build stack

package test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sample is one line of /metrics in the text format of Prometheus.
type sample struct {
	name   string
	labels string // as they stand between the braces
	value  float64
}

// label gives a label's value; "" when it is not there.
func (s *sample) label(name string) string {
	_, after, found := strings.Cut(","+s.labels, ","+name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// scrape gives the samples of one name.
func (w *worker) scrape(name string) []sample {
	w.t.Helper()
	code, body := w.Get("/metrics")
	if code != http.StatusOK {
		w.t.Fatalf("/metrics answers %d", code)
	}
	var out []sample
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		s, ok := parseSample(w.t, lines.Text())
		if ok && s.name == name {
			out = append(out, s)
		}
	}
	return out
}

func parseSample(t *testing.T, line string) (sample, bool) {
	t.Helper()
	if line == "" || line[0] == '#' {
		return sample{}, false
	}
	at := strings.LastIndexByte(line, ' ')
	value, err := strconv.ParseFloat(line[at+1:], 64)
	if err != nil {
		t.Fatalf("%q is no line of metrics: %v", line, err)
	}
	name, labels, _ := strings.Cut(line[:at], "{")
	return sample{name, strings.TrimSuffix(labels, "}"), value}, true
}

// outcomes gives the records of a topic by their outcome.
func (w *worker) outcomes(topic string) map[string]int {
	w.t.Helper()
	out := map[string]int{}
	for _, s := range w.scrape("ingest_records_total") {
		if s.label("topic") == topic {
			out[s.label("outcome")] += int(s.value)
		}
	}
	return out
}

// lagSeries gives an error unless each partition of a topic has a lag of 0.
func (w *worker) lagSeries(topic string, partitions int) error {
	w.t.Helper()
	found := map[string]bool{}
	for _, s := range w.scrape("ingest_lag") {
		if s.label("topic") != topic {
			continue
		}
		if s.value != 0 {
			return fmt.Errorf("the lag of partition %s is %v", s.label("partition"), s.value)
		}
		found[s.label("partition")] = true
	}
	if len(found) != partitions {
		return fmt.Errorf("partitions with a lag: %v, want %d", found, partitions)
	}
	return nil
}

// documented gives an error for each metric of ours that docs/metrics.md lacks, or
// that has a label which is not in its line.
func (w *worker) documented() []error {
	w.t.Helper()
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		w.t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, " | "); len(cells) > 2 {
			lines[strings.Trim(cells[1], "`")] = strings.NewReplacer(".", "_").Replace(line)
		}
	}
	var errs []error
	_, body := w.Get("/metrics")
	for line := range strings.Lines(body) {
		s, ok := parseSample(w.t, strings.TrimSpace(line))
		if !ok || strings.HasPrefix(s.name, "go_") || strings.HasPrefix(s.name, "process_") || s.name == "target_info" {
			continue
		}
		name := histogramPart.ReplaceAllString(s.name, "")
		known, ok := lines[name]
		if !ok {
			errs = append(errs, fmt.Errorf("docs/metrics.md has no %s", name))
		}
		for _, label := range labelName.FindAllStringSubmatch(s.labels, -1) {
			if ok && label[1] != "le" && !strings.Contains(known, "`"+label[1]+"`") {
				errs = append(errs, fmt.Errorf("docs/metrics.md says nothing of the label %s of %s", label[1], name))
			}
		}
	}
	return errs
}

var (
	histogramPart = regexp.MustCompile(`_(bucket|sum|count)$`)
	labelName     = regexp.MustCompile(`(?:^|,)([a-z_]+)="`)
)
