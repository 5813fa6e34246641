package status

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ingest/telemetry"
)

var update = flag.Bool("update", false, "write testdata anew")

var orders = Worker{Version: "1.2.3", Host: "ingest-7d9f", Group: "orders-to-cassandra", Mapping: "/etc/ingest/mapping.yaml", MappingHash: "9f2c7e01"}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("testdata/%s differs; look at it and run: go test ./telemetry/status -update\n%s", name, got)
	}
}

func TestPageOfAWorkerInTrouble(t *testing.T) {
	f := newFixture(t, orders)
	f.busy()
	v := f.look(began.Add(10 * time.Minute))
	v.Recent = []telemetry.Line{{Time: began, Level: "WARN", Message: "the partition is held", Attrs: "topic=orders partition=3"}}
	var html bytes.Buffer
	if err := page.Execute(&html, v); err != nil {
		t.Fatal(err)
	}
	golden(t, "trouble.html", html.Bytes())
	asJSON, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "trouble.json", append(asJSON, '\n'))
}

func TestPageOfAWorkerThatStarts(t *testing.T) {
	f := newFixture(t, orders, "cassandra", "kafka group")
	var html bytes.Buffer
	if err := page.Execute(&html, f.look(began)); err != nil {
		t.Fatal(err)
	}
	golden(t, "starting.html", html.Bytes())
}

// Names come from mapping files, brokers and servers. Whatever they hold, it is
// text.
func TestPageEscapesHostileNames(t *testing.T) {
	const hostile = `</td></style><script>alert("1")</script><img src=x onerror='a&b'>`
	f := newFixture(t, Worker{Version: hostile, Host: hostile, Group: hostile, Mapping: hostile, MappingHash: hostile}, hostile)
	f.set(lagMetric, 1, "topic", hostile, "partition", "0")
	f.set(fitsMetric, 0, "topic", hostile)
	f.set(requestsMetric, 1, "server_address", hostile)
	f.set(retriesMetric, 1, "class", hostile)
	f.set(deadLettersMetric, 1, "class", hostile)
	f.health.SetNotReady(hostile+"/0", hostile)
	f.recent.Remember(f.log).Error(hostile, hostile, hostile)
	dog := f.health.Watch(hostile, time.Nanosecond)
	dog.Beat()

	body := f.ask("GET", "/", "text/html").Body.String()
	for _, evil := range []string{"<script", "<img", "onerror='", "alert(\"", "</td></style>"} {
		if strings.Contains(body, evil) {
			t.Errorf("the page holds %q", evil)
		}
	}
	if n := strings.Count(body, "&lt;script&gt;"); n != 17 {
		t.Errorf("the name is shown %d times", n)
	}
	if n := strings.Count(body, "</style>"); n != 1 {
		t.Errorf("%d styles end", n)
	}
	var v View
	answer := f.ask("GET", "/status.json", "")
	if err := json.Unmarshal(answer.Body.Bytes(), &v); err != nil || v.Worker.Group != hostile || v.Partitions[0].Topic != hostile {
		t.Errorf("%v: %+v", err, v)
	}
	if strings.ContainsAny(answer.Body.String(), "<>&") {
		t.Error("JSON holds what a browser that guesses may take for HTML")
	}
}

func TestPageAnswersAsAsked(t *testing.T) {
	f := newFixture(t, orders)
	for _, test := range []struct {
		method, path, accept string
		code                 int
		kind                 string
	}{
		{"GET", "/", "", 200, "text/html; charset=utf-8"},
		{"GET", "/", "text/html,application/xhtml+xml,*/*;q=0.8", 200, "text/html; charset=utf-8"},
		{"GET", "/", "text/html, application/json", 200, "text/html; charset=utf-8"},
		{"GET", "/", "application/json", 200, "application/json"},
		{"HEAD", "/", "", 200, "text/html; charset=utf-8"},
		{"GET", "/status.json", "text/html", 200, "application/json"},
		{"POST", "/", "", 405, "text/plain; charset=utf-8"},
		{"DELETE", "/status.json", "", 405, "text/plain; charset=utf-8"},
		{"GET", "/other", "", 404, "text/plain; charset=utf-8"},
	} {
		answer := f.ask(test.method, test.path, test.accept)
		if kind := answer.Header().Get("Content-Type"); answer.Code != test.code || kind != test.kind {
			t.Errorf("%s %s, accepting %q: %d %s", test.method, test.path, test.accept, answer.Code, kind)
		}
	}
}

func TestPageForbidsTheBrowserEverythingElse(t *testing.T) {
	answer := newFixture(t, orders).ask("GET", "/", "")
	want := http.Header{
		"Cache-Control": {"no-store"}, "Content-Type": {"text/html; charset=utf-8"}, "Referrer-Policy": {"no-referrer"}, "Vary": {"Accept"},
		"X-Content-Type-Options": {"nosniff"},
		"Content-Security-Policy": {"default-src 'none'; style-src '" + hashOf(t, answer.Body.String()) +
			"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	}
	if got := answer.Header(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, part := range []string{"<script", "src=", " style=", "http:", "https:", "@import", "url("} {
		if strings.Contains(answer.Body.String(), part) {
			t.Errorf("the page holds %q", part)
		}
	}
}

func TestAskingOftenCostsNoMoreThanOncePerSecond(t *testing.T) {
	f := newFixture(t, orders)
	first := f.view(began)
	if f.view(began.Add(999*time.Millisecond)) != first {
		t.Error("it looks again within a second")
	}
	if f.view(began.Add(time.Second)) == first {
		t.Error("it never looks again")
	}
}
