//go:build stack

package test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// hostileGroup is a name that a page must not take for HTML.
const hostileGroup = `status <b onclick="x">&amp;`

// TestStatusPage opens the page of a worker with a held partition and a dead letter
// in a browser: it shows what /metrics and /readyz say.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	s := newScene(t, "status", 4, simpleTable("status"))
	produce(t, s.client, statusRecords(t, s)...)
	env := s.env(strings.Replace(simpleMapping("status"), "version: 1\n", "version: 1\nmax_future: 10m\n", 1), "INGEST_KAFKA_GROUP_ID="+hostileGroup)
	w := startWorker(t, env, "run")
	harness.Eventually(t, time.Minute, "all is done but for the held partition", func() error {
		if code, body := w.Get("/startupz"); code != http.StatusOK {
			return fmt.Errorf("/startupz answers %d %s", code, body)
		}
		if done := w.outcomes("status"); done["written"] != 121 || done["dead_lettered"] != 1 {
			return fmt.Errorf("outcomes: %v", done)
		}
		if lags := w.partitionLags("status"); fmt.Sprint(lags) != "[[2 6] [0 0] [1 0] [3 0]]" {
			return fmt.Errorf("lags: %v", lags)
		}
		return nil
	})

	b := newBrowser(t)
	w.checkStatusPage(b.dom("http://" + w.Address() + "/"))
	b.screenshot("http://" + w.Address() + "/")
	w.checkStatusJSON()
	if code, _ := w.Get("/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("/debug/pprof/ answers %d without being asked for", code)
	}
}

// statusRecords are 40 good records in each partition but the third, which has one
// good record, one from the future and five more; the fourth has one, too, that is
// no Avro.
func statusRecords(t *testing.T, s *scene) []*kgo.Record {
	t.Helper()
	value := register(t, "status-value", textAndNumber)
	var records []*kgo.Record
	for partition, n := range []int{40, 40, 7, 41} {
		for i := range n {
			r := s.record(fmt.Sprintf("%d-%d", partition, i), value.encode(t, map[string]any{"a": "text", "n": int64(i)}))
			r.Partition, r.Timestamp = int32(partition), time.Now()
			records = append(records, r)
		}
	}
	records[81].Timestamp = time.Now().Add(50 * time.Minute)
	records[100].Value = []byte("no Avro")
	return records
}

// partitionLags gives partition and lag of each partition of a topic, the largest
// lag first.
func (w *worker) partitionLags(topic string) [][2]int {
	w.t.Helper()
	var lags [][2]int
	for _, s := range w.scrape("ingest_lag") {
		if id, err := strconv.Atoi(s.label("partition")); err == nil && s.label("topic") == topic {
			lags = append(lags, [2]int{id, int(s.value)})
		}
	}
	slices.SortFunc(lags, func(a, b [2]int) int { return 10*(b[1]-a[1]) + a[0] - b[0] })
	return lags
}

func (w *worker) checkStatusPage(page document) {
	t := w.t
	t.Helper()
	reasons, err := w.Unready()
	if err != nil || len(reasons) != 1 || reasons["status/2"] == "" {
		t.Fatalf("the reasons are %q, %v", reasons, err)
	}
	var partitions [][]string
	for _, lag := range w.partitionLags("status") {
		held := reasons[fmt.Sprintf("status/%d", lag[0])]
		partitions = append(partitions, []string{"status", strconv.Itoa(lag[0]), strconv.Itoa(lag[1]), held})
	}
	same(t, "partitions", page.rows("table", "partitions"), partitions)

	topics := page.rows("table", "topics")
	if len(topics) != 1 || len(topics[0]) != 10 {
		t.Fatalf("topics: %q", topics)
	}
	row := topics[0]
	same(t, "partitions, held, lag, written, skipped, dead letters of the topic",
		[]string{row[1], strings.TrimSpace(row[2]), row[3], row[7], row[8], row[9]}, []string{"4", "1", "6", "121", "0", "1"})

	requests := map[string]string{}
	for _, s := range w.scrape("ingest_sink_requests") {
		requests[s.label("server_address")] = strconv.Itoa(int(s.value))
	}
	var nodes [][]string
	for _, s := range w.scrape("ingest_sink_requests_limit") {
		nodes = append(nodes, []string{s.label("server_address"), requests[s.label("server_address")], strconv.Itoa(int(s.value))})
	}
	same(t, "nodes", page.rows("table", "nodes"), nodes)

	var letters [][]string
	for _, s := range w.scrape("ingest_dead_letters_total") {
		letters = append(letters, []string{s.label("class"), strconv.Itoa(int(s.value))})
	}
	same(t, "dead letters", page.rows("section", "dead-letters"), letters)

	if recent := fmt.Sprint(page.rows("table", "recent")); !strings.Contains(recent, "the partition is held: ") || !strings.Contains(recent, "partition=2 hold=future") {
		t.Errorf("the last warnings: %s", recent)
	}
	if _, after, _ := strings.Cut(page.text, "<h1>"); !strings.HasPrefix(html.UnescapeString(after), "ingest "+hostileGroup+"</h1>") {
		t.Errorf("the heading is %.80s", after)
	}
	if strings.Contains(page.text, "<b onclick") {
		t.Error("the group's name is an element of the page")
	}
}

func (w *worker) checkStatusJSON() {
	w.t.Helper()
	var answer struct {
		Worker     struct{ Group, Version string }
		Ready      bool
		Partitions []struct {
			Partition, Lag int
			Held           string
		}
	}
	code, body := w.Get("/status.json")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || code != http.StatusOK {
		w.t.Fatalf("/status.json answers %d %s: %v", code, body, err)
	}
	if answer.Ready || answer.Worker.Group != hostileGroup || len(answer.Partitions) != 4 || answer.Partitions[0].Lag != 6 || answer.Partitions[0].Held == "" {
		w.t.Errorf("/status.json says %+v", answer)
	}
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %v\nwant %v", what, got, want)
	}
}
