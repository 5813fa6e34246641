package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
	"ingest/retry"
)

const letterTopic = "ingest-dead-letters"

// letterbox is a fake Kafka with a dead-letter topic of one partition.
type letterbox struct {
	t        *testing.T
	client   *kgo.Client
	producer *deadletter.Producer
	environ  []string
}

func newLetterbox(t *testing.T) *letterbox {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, letterTopic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	opts := []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}
	b := &letterbox{t: t, environ: []string{"INGEST_KAFKA_BROKERS=" + strings.Join(cluster.ListenAddrs(), ",")}}
	if b.client, err = kgo.NewClient(opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.client.Close)
	cfg := deadletter.Config{Topic: letterTopic, Partitions: 1, ReplicationFactor: 1, MaxBytes: 1 << 20}
	if b.producer, err = deadletter.New(opts, cfg, deadletter.Deps{Version: "1.2.3", Group: "orders-writer"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.producer.Close)
	return b
}

// put writes a letter of a record at an offset of orders/0.
func (b *letterbox) put(offset int64, key, value string, failures ...*retry.Poison) {
	b.t.Helper()
	outcome := make(chan error, 1)
	b.producer.Send(b.t.Context(), deadletter.Letter{
		Record: mapping.Record{Topic: "orders", Offset: offset, Timestamp: 1700000000123, Key: []byte(key), Value: []byte(value), SchemaID: 7,
			Headers: []mapping.Header{{Name: "authorization", Value: []byte("header-secret")}}},
		WriteTimestamp: 1700000000123004, Failures: failures,
	}, func(err error) { outcome <- err })
	if err := <-outcome; err != nil {
		b.t.Fatal(err)
	}
}

// write writes any record.
func (b *letterbox) write(r *kgo.Record) {
	b.t.Helper()
	r.Topic = letterTopic
	if err := b.client.ProduceSync(b.t.Context(), r).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

// fill writes five records: letters, a mark of the first, and somebody's record.
func (b *letterbox) fill() {
	value := &retry.Poison{Reason: retry.ReasonValue, Table: "shop.orders", Column: "total", Err: errors.New("out of range")}
	b.put(10, "key-secret", `{"card": "value-secret"}`, value)
	b.put(11, "key-secret", "value-secret", value, &retry.Poison{Reason: retry.ReasonNullKey, Table: "shop.by_day"})
	b.put(12, "key-secret", "\x00\x00\x00\x00\x07\x1b[31msecret", &retry.Poison{Reason: retry.ReasonDecode, Err: errors.New("truncated")})
	b.write(deadletter.NewMark(&deadletter.Stored{Place: deadletter.Place{Topic: letterTopic}, Envelope: deadletter.Envelope{Offset: 10}}, "1.2.3"))
	b.write(&kgo.Record{Value: []byte("value-secret")})
}

// run runs `ingest deadletter` and holds it to exit code 0.
func (b *letterbox) run(args ...string) string {
	b.t.Helper()
	code, stdout, stderr := run(b.t, b.environ, append([]string{"deadletter"}, args...)...)
	if code != exitDone {
		b.t.Fatalf("%q: exit code %d\n%s%s", args, code, stdout, stderr)
	}
	return stdout
}

func noSecrets(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "secret") {
		t.Errorf("payload is printed:\n%s", text)
	}
}

func TestListCountsLetters(t *testing.T) {
	b := newLetterbox(t)
	b.fill()
	text := b.run("list")
	noSecrets(t, text)
	for _, part := range []string{"3 dead letters, 1 of them replayed", "1 record is not from ingest, the first at ingest-dead-letters/0/4"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	var rows []string
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 7 && f[2] != "letters," {
			rows = append(rows, strings.Join(f[:5], " "))
		}
	}
	if want := []string{"TOPIC TABLES CLASS LETTERS REPLAYED", "orders * decode 1 0", "orders shop.orders value 1 1", "orders shop.orders,shop.by_day value,null_key 1 0"}; !slices.Equal(rows, want) {
		t.Errorf("rows %q, want %q", rows, want)
	}

	var object struct {
		Letters, Replayed int64
		NotLetters        int64 `json:"not_letters"`
		Groups            []deadletter.Count
	}
	if err := json.Unmarshal([]byte(b.run("list", "--json", "--class", "value")), &object); err != nil {
		t.Fatal(err)
	}
	if object.Letters != 2 || object.Replayed != 1 || object.NotLetters != 1 || len(object.Groups) != 2 || object.Groups[0].First.IsZero() {
		t.Errorf("JSON says %+v", object)
	}
}

func TestListEach(t *testing.T) {
	b := newLetterbox(t)
	b.fill()
	for _, tc := range []struct {
		args   []string
		places []string
	}{
		{nil, []string{"0/0", "0/1", "0/2", "0/4"}},
		{[]string{"--table", "shop.by_day"}, []string{"0/1", "0/4"}},
		{[]string{"--table", "*"}, []string{"0/2", "0/4"}},
		{[]string{"--class", "decode,null_key"}, []string{"0/1", "0/2", "0/4"}},
		{[]string{"--offset", "11-12", "--topic", "orders", "--partition", "0"}, []string{"0/1", "0/2", "0/4"}},
		{[]string{"--partition", "5"}, []string{"0/4"}},
		{[]string{"--group", "another"}, []string{"0/4"}},
		{[]string{"--since", "1h", "--group", "orders-writer"}, []string{"0/0", "0/1", "0/2", "0/4"}},
		{[]string{"--until", "1h"}, []string{"0/4"}},
	} {
		text := b.run(append([]string{"list", "--each"}, tc.args...)...)
		noSecrets(t, text)
		var places []string
		for line := range strings.Lines(text) {
			place, _, _ := strings.Cut(line, "\t")
			places = append(places, strings.TrimPrefix(place, letterTopic+"/"))
		}
		if !slices.Equal(places, tc.places) {
			t.Errorf("%q lists %q, want %q", tc.args, places, tc.places)
		}
	}
	text := b.run("list", "--each", "--json")
	noSecrets(t, text)
	var views []letterView
	for line := range strings.Lines(text) {
		var v letterView
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		views = append(views, v)
	}
	if len(views) != 4 || views[0].State != "replayed" || views[1].State != "open" || views[1].Source != "orders/0/11" || *views[0].ValueBytes != 24 || views[3].Fault == "" {
		t.Errorf("JSON lines say %s", text)
	}
}

func TestShow(t *testing.T) {
	b := newLetterbox(t)
	b.fill()
	text := b.run("show", letterTopic+"/0/0")
	noSecrets(t, text)
	for _, line := range []string{
		"letter           ingest-dead-letters/0/0", "state            replayed", "source           orders/0/10", "record time      2023-11-14T22:13:20Z (1700000000123)",
		"write timestamp  1700000000123004 (2023-11-14T22:13:20.123004Z)", "class            value", "tables           shop.orders", "columns          total", "schema id        7",
		"worker           1.2.3", "group            orders-writer", "key              10 bytes", "value            24 bytes", "header           authorization: 13 bytes",
		"error: value table=shop.orders column=total: out of range",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%q is not in\n%s", line, text)
		}
	}

	text = b.run("show", "--payload", letterTopic+"/0/0")
	for _, part := range []string{"\nkey:\nkey-secret\n", "\nvalue:\n{\"card\": \"value-secret\"}\n", "\nheader authorization:\nheader-secret\n"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	text = b.run("show", "--payload", letterTopic+"/0/2")
	if strings.Contains(text, "\x1b") || !strings.Contains(text, "00 00 00 00 07 1b 5b 33") {
		t.Errorf("bytes are not in hexadecimal:\n%q", text)
	}
	var v letterView
	if err := json.Unmarshal([]byte(b.run("show", "--payload", "--json", letterTopic+"/0/0")), &v); err != nil || string(v.Value.JSON) == "" || *v.Key.Text != "key-secret" {
		t.Errorf("JSON says %+v, %v", v, err)
	}
	noSecrets(t, b.run("show", "--json", letterTopic+"/0/0"))
}

// What somebody else wrote into headers cannot steer the terminal.
func TestHostileHeadersArePrintedHarmlessly(t *testing.T) {
	b := newLetterbox(t)
	e := deadletter.Envelope{Topic: "a\x1b[2Jb", Tables: []string{"x\ny"}, Reasons: []retry.Reason{"\x07"}, Message: "\x1b]0;title\x07", Timestamp: -1 << 63, WriteTimestamp: 1<<63 - 1}
	b.write(&kgo.Record{Headers: e.Headers([]mapping.Header{{Name: "\x1b[31m"}})})
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"list", "--each"}, {"list", "--each", "--json"}, {"show", letterTopic + "/0/0"}, {"show", "--json", letterTopic + "/0/0"}} {
		if text := b.run(args...); strings.ContainsAny(text, "\x1b\x07") {
			t.Errorf("%q prints control characters:\n%q", args, text)
		}
	}
}

func TestWhatLetterCommandsRefuse(t *testing.T) {
	b := newLetterbox(t)
	b.fill()
	for _, tc := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"list", "--offset", "5-3"}, exitUsage, "--offset"},
		{[]string{"list", "--since", "yesterday"}, exitUsage, "--since"},
		{[]string{"list", "--until", "-5m"}, exitUsage, "--until"},
		{[]string{"list", "--from", "lost"}, exitFailed, `no dead-letter topic "lost"`},
		{[]string{"show", "17"}, exitUsage, "is not topic/partition/offset"},
		{[]string{"show"}, exitUsage, "ingest deadletter show --help"},
		{[]string{"show", letterTopic + "/0/99"}, exitFailed, "offsets 0 to 4"},
		{[]string{"show", letterTopic + "/0/3"}, exitFailed, "the mark of a replay"},
		{[]string{"show", letterTopic + "/0/4"}, exitFailed, "header ingest.topic is missing"},
	} {
		code, stdout, stderr := run(t, b.environ, append([]string{"deadletter"}, tc.args...)...)
		if code != tc.code || !strings.Contains(stderr, tc.stderr) {
			t.Errorf("%q: exit code %d and\n%s%s", tc.args, code, stdout, stderr)
		}
	}
	code, _, stderr := run(t, []string{"INGEST_KAFKA_BROKERS=127.0.0.1:1"}, "deadletter", "list", "--timeout", "1s")
	if code != exitFailed || !strings.Contains(stderr, "no way to Kafka: check INGEST_KAFKA_BROKERS") {
		t.Errorf("exit code %d and\n%s", code, stderr)
	}
	code, _, stderr = run(t, []string{"INGEST_KAFKA_BROKERS=" + silent(t)}, "deadletter", "list", "--timeout", "100ms")
	if code != exitFailed || !strings.Contains(stderr, "no answer from Kafka within 100ms") {
		t.Errorf("exit code %d and\n%s", code, stderr)
	}
	code, _, stderr = run(t, nil, "deadletter", "replay")
	for _, name := range []string{"INGEST_KAFKA_BROKERS", "INGEST_KAFKA_GROUP_ID", "INGEST_MAPPING_FILE", "INGEST_CASSANDRA_HOSTS", "INGEST_SCHEMA_REGISTRY_URLS"} {
		if code != exitConfig || !strings.Contains(stderr, name) {
			t.Errorf("exit code %d and\n%s", code, stderr)
		}
	}
	environ := slices.Concat(settings[2:], b.environ, []string{"INGEST_MAPPING_FILE=" + mappingAt(t, goodMapping), "INGEST_CASSANDRA_PORT=1"})
	code, _, stderr = run(t, environ, "deadletter", "replay", "--group", "g", "--timeout", "300ms")
	if code != exitFailed || !strings.Contains(stderr, "waiting: cannot connect to Cassandra: ") || !strings.Contains(stderr, "no answer from Cassandra within 300ms") {
		t.Errorf("exit code %d and\n%s", code, stderr)
	}
	code, _, stderr = run(t, nil, "deadletter", "list")
	if code != exitConfig || !strings.Contains(stderr, "INGEST_KAFKA_BROKERS") {
		t.Errorf("exit code %d and\n%s", code, stderr)
	}
}

// silent gives the address of a server that takes connections, says nothing, and
// after a while hangs up.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			time.AfterFunc(300*time.Millisecond, func() { c.Close() })
		}
	}()
	return l.Addr().String()
}

func TestTimesOfFlags(t *testing.T) {
	now := time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                          {},
		"2024-05-01":                time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC),
		"2024-05-01T10:20":          time.Date(2024, 5, 1, 10, 20, 0, 0, time.UTC),
		"2024-05-01 10:20:30":       time.Date(2024, 5, 1, 10, 20, 30, 0, time.UTC),
		"2024-05-01T10:20:30+02:00": time.Date(2024, 5, 1, 8, 20, 30, 0, time.UTC),
		"90m":                       now.Add(-90 * time.Minute),
		"2d":                        now.AddDate(0, 0, -2),
	} {
		if got, err := parseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"d", "-1d", "999999999d", "5", "-3m", "2024-13-01"} {
		if got, err := parseTime(text, now); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
	if got := fmt.Sprint(are(1, "record"), ", ", are(2, "record")); got != "1 record is, 2 records are" {
		t.Error(got)
	}
}
