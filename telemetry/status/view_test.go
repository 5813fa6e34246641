package status

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hashOf gives the hash of the style of a page, as a content policy names it.
func hashOf(t *testing.T, html string) string {
	t.Helper()
	_, after, found := strings.Cut(html, "<style>")
	style, _, ended := strings.Cut(after, "</style>")
	if !found || !ended {
		t.Fatal("the page has no style")
	}
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func TestPartitionsAreTheHeldOnesAndThoseThatLagMost(t *testing.T) {
	f := newFixture(t, orders)
	f.busy()
	v := f.look(began.Add(time.Minute))
	var got []string
	for _, p := range v.Partitions {
		got = append(got, fmt.Sprint(p.component(), " ", p.Lag, " ", p.Held))
	}
	want := []string{"orders/3 0 the record at offset 8 is dated too far ahead", "orders/2 1234567 ", "customers/0 77 ", "orders/0 12 ", "orders/10 12 "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if e := v.Elsewhere(); len(e) != 1 || e[0].Component != "cassandra" {
		t.Errorf("reasons beside the held partition's: %v", e)
	}
}

func TestListsAreBounded(t *testing.T) {
	f := newFixture(t, orders)
	for i := range 500 {
		n := strconv.Itoa(i)
		f.set(lagMetric, float64(i), "topic", "t"+n, "partition", n)
		f.set(limitMetric, 1, "server_address", n)
		f.health.SetNotReady("c"+n, "away")
	}
	v := f.look(began)
	if len(v.Partitions) != 200 || v.Partitions[199].Lag != 300 || len(v.Topics) != 200 || v.Topics[0].Lag != 499 || len(v.Nodes) != 200 || len(v.NotReady) != 200 {
		t.Errorf("%d partitions, the last with %d; %d topics; %d nodes; %d reasons",
			len(v.Partitions), v.Partitions[len(v.Partitions)-1].Lag, len(v.Topics), len(v.Nodes), len(v.NotReady))
	}
	if want := (LeftOut{300, 300, 300, 300}); v.LeftOut != want {
		t.Errorf("left out: %+v", v.LeftOut)
	}
}

// What the SDK folds together beyond its limit has no topic and no partition.
func TestWhatIsFoldedTogetherIsNoTopic(t *testing.T) {
	f := newFixture(t, orders)
	f.set(lagMetric, 5, "otel_metric_overflow", "true")
	f.set(recordsMetric, 5, "otel_metric_overflow", "true")
	if v := f.look(began); len(v.Topics) != 0 || len(v.Partitions) != 0 {
		t.Errorf("%+v %+v", v.Topics, v.Partitions)
	}
}

func TestRatesAreOfTheTimeSinceSomebodyLooked(t *testing.T) {
	f := newFixture(t, orders)
	looks := []struct {
		after   time.Duration // the start
		records float64       // since the start
		age     float64       // of a run; 0: none
		window  float64
		rate    float64
		fresh   string
	}{
		{100 * time.Second, 200, 4, 100, 2, "4"}, // since the start
		{105 * time.Second, 300, 0, 5, 20, "-"},  // since the last look
		{155 * time.Second, 300, 7, 55, 100. / 55, "7"},
		{165 * time.Second, 900, 9, 60, 10, "8"},  // the look at 100 s is too long ago
		{1000 * time.Second, 900, 0, 835, 0, "-"}, // nobody looked
		{1005 * time.Second, 1000, 0, 5, 20, "-"},
	}
	for _, look := range looks {
		f.set(recordsMetric, look.records, "topic", "orders", "outcome", "written")
		f.set(recordsMetric, 1e6*look.after.Seconds(), "topic", "orders", "outcome", "control")
		if look.age > 0 {
			f.ages.WithLabelValues("orders").Observe(look.age)
		}
		v := f.look(began.Add(look.after))
		fresh := "-"
		if age := v.Topics[0].FreshnessSeconds; age != nil {
			fresh = fmt.Sprint(*age)
		}
		if v.WindowSeconds != look.window || v.Topics[0].RecordsPerSecond != look.rate || fresh != look.fresh {
			t.Errorf("after %v: %v/s and an age of %s over %v s, want %v/s, %s, %v s",
				look.after, v.Topics[0].RecordsPerSecond, fresh, v.WindowSeconds, look.rate, look.fresh, look.window)
		}
	}
	for i := range 500 {
		f.look(began.Add(2000*time.Second + time.Duration(i)*time.Second))
	}
	if len(f.history) > 61 {
		t.Errorf("%d readings are kept", len(f.history))
	}
}

func TestNumbersReadWell(t *testing.T) {
	for got, want := range map[string]string{
		count(0): "0", count(999): "999", count(1000): "1,000", count(-1000): "-1,000", count(-999): "-999", count(1234567): "1,234,567",
		rate(0): "0.0", rate(9.96): "10.0", rate(0.24): "0.2", rate(12345.6): "12,346",
		seconds(0): "0.00 s", seconds(1.239): "1.24 s", seconds(10.9): "10 s", seconds(61): "1 min 1 s", seconds(3600): "1 h 0 min", seconds(200_000): "2 d 7 h",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A metric that was renamed would leave a hole in the page.
func TestPageReadsMetricsThatAreThere(t *testing.T) {
	reference, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for metric, labels := range map[string][]string{
		lagMetric: {"topic", "partition"}, heldMetric: {"topic"}, recordsMetric: {"topic", "outcome", "control", "written", "skipped", "dropped", "dead_lettered"},
		freshnessMetric: {"topic"}, waitingMetric: {"topic"}, fitsMetric: {"topic"}, requestsMetric: {"server.address"}, limitMetric: {"server.address"},
		deadLettersMetric: {"class"}, retriesMetric: {"class"},
	} {
		_, line, found := strings.Cut(string(reference), "| `"+metric+"` |")
		line, _, _ = strings.Cut(line, "\n")
		if !found {
			t.Errorf("there is no %s", metric)
		}
		for _, label := range labels {
			if !strings.Contains(line, label) {
				t.Errorf("%s has no %s", metric, label)
			}
		}
	}
}
