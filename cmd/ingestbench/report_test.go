package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 2, 9}, 3}} {
		if got := median(tc.values); got != tc.want {
			t.Errorf("median(%v) = %v, want %v", tc.values, got, tc.want)
		}
	}
}

func twoPairs() *report {
	return &report{Results: []*result{{Shape: "interleaved", Text: "t", RecordBytes: 150, Pairs: []pair{
		{Limit: &run{Rows: 1000, Seconds: 2, CPUSeconds: 0.01}, Worker: &run{Rows: 1000, Seconds: 4, CPUSeconds: 0.02, PeakBytes: 64 << 20, OwnRate: 300}},
		{Limit: &run{Rows: 1000, Seconds: 4, CPUSeconds: 0.03}, Worker: &run{Rows: 1000, Seconds: 5, CPUSeconds: 0.04, PeakBytes: 32 << 20, OwnRate: 310}},
	}}}}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	if err := twoPairs().print(&out, false); err != nil {
		t.Fatal(err)
	}
	var lines [][]string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Fields(line))
	}
	for _, want := range []string{
		"1 500 250 0.500 300 10.00 20.00 64",
		"2 250 200 0.800 310 30.00 40.00 32",
		"median 375 225 0.650 305 20.00 30.00 48",
	} {
		if !slices.ContainsFunc(lines, func(l []string) bool { return slices.Equal(l, strings.Fields(want)) }) {
			t.Errorf("no line says %q:\n%s", want, out.String())
		}
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := twoPairs().print(&out, true); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Results []struct {
			Shape   string
			Pairs   []json.RawMessage
			Medians map[string]float64
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if r := got.Results[0]; r.Shape != "interleaved" || len(r.Pairs) != 2 || r.Medians["ratio"] != 0.65 {
		t.Errorf("the JSON does not hold the result: %s", out.String())
	}
}

func TestOnceReportsTheWorkerAlone(t *testing.T) {
	r := &report{Results: []*result{{Pairs: []pair{{Worker: &run{Rows: 10, Seconds: 1}}}}}}
	var out bytes.Buffer
	if err := r.print(&out, false); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "ratio") || !strings.Contains(out.String(), "worker rows/s") {
		t.Errorf("the table is not of the worker alone:\n%s", out.String())
	}
}

func TestRateOfTheWorkersSummary(t *testing.T) {
	log := "not JSON\n" +
		`{"msg":"progress","per_second":1}` + "\n" +
		`{"msg":"caught up","offsets":5,"per_second":45123}` + "\n" +
		`{"msg":"stopped"}` + "\n"
	if got := reportedRate([]byte(log)); got != 45123 {
		t.Errorf("reportedRate = %v, want 45123", got)
	}
	if got := reportedRate([]byte("nothing\n")); got != 0 {
		t.Errorf("reportedRate = %v, want 0", got)
	}
}

func TestOptionsTellAllFaultsAtOnce(t *testing.T) {
	o := options{Records: 0, Pairs: 1, Shape: "round", Partitions: 1, InFlight: 1, Consistency: "SOME", Stack: "no", Caps: defaultCaps, WorkerEnv: []string{"X"}, Traces: 2}
	err := o.validate()
	for _, want := range []string{"--records", "--shape", "--consistency", "--stack", "--env", "--traces"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not speak of %s: %v", want, err)
		}
	}
}

func TestExistingServers(t *testing.T) {
	got, err := existing([]string{"INGEST_KAFKA_BROKERS=a:1,b:2", "INGEST_CASSANDRA_HOSTS=c", "INGEST_CASSANDRA_PORT=9043",
		"INGEST_SCHEMA_REGISTRY_URLS=http://d,http://e", "INGEST_LOG_LEVEL=debug", "HOME=/"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.brokers, []string{"a:1", "b:2"}) || !slices.Equal(got.hosts, []string{"c"}) || got.port != 9043 || got.registry != "http://d" || len(got.env) != 4 {
		t.Errorf("existing = %+v", got)
	}
	if _, err := existing(nil); err == nil || !strings.Contains(err.Error(), "INGEST_KAFKA_BROKERS") {
		t.Errorf("existing without an environment: %v", err)
	}
	if _, err := existing([]string{"INGEST_KAFKA_SASL_MECHANISM=PLAIN"}); err == nil || !strings.Contains(err.Error(), "INGEST_KAFKA_SASL_MECHANISM") {
		t.Errorf("existing with SASL: %v", err)
	}
}

func TestOneMeasurementAtATime(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	unlock, err := lockMachine()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockMachine(); err == nil || !strings.Contains(err.Error(), "another ingestbench is running") {
		t.Errorf("the second lock: %v", err)
	}
	unlock()
	unlock, err = lockMachine()
	if err != nil {
		t.Fatalf("after the end of the first: %v", err)
	}
	unlock()
}
