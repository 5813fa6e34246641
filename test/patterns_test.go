//go:build stack

package test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// patternMapping fills `rows (k text, t text, ..., PRIMARY KEY (k, t))` of a scene
// from every topic whose name begins as the scene's, and is longer.
func patternMapping(name string) string {
	return `version: 1
topics:
  - pattern: '` + name + `\..+'
    key: {format: string}
    tables:
      - table: ` + name + `.rows
        columns_from: value
        columns: {k: key, t: meta.topic}
`
}

// TestAPatternFollowsTopics: a worker that found no topic takes in those that come
// while it runs, from their first records though its group starts at the latest,
// goes on when one is deleted, and finds them by itself when it starts again.
func TestAPatternFollowsTopics(t *testing.T) {
	s := newScene(t, "follows", 1, "CREATE TABLE follows.rows (k text, t text, a text, n bigint, PRIMARY KEY (k, t))")
	file := harness.WriteMapping(t, patternMapping("follows"))
	env := settings(file, "follows", "INGEST_KAFKA_START=latest", "INGEST_DEAD_LETTER_TOPIC=follows.dead-letters")
	matches := func(want string) {
		t.Helper()
		v := startWorker(t, env, "validate")
		if code, output := v.Wait(time.Minute), v.Output(); code != 0 || !strings.Contains(output, want) {
			t.Errorf("validate: exit code %d and\n%s", code, output)
		}
	}
	matches("no topic of the cluster matches the pattern now")
	w := startWorker(t, env, "run")
	w.untilReady()
	value := register(t, "follows.eu-value", textAndNumber)
	send := func(topic, key string, n int64) {
		t.Helper()
		produce(t, s.client, &kgo.Record{Topic: topic, Key: []byte(key), Value: value.encode(t, map[string]any{"a": "x", "n": n})})
	}
	written := func(rows int) {
		t.Helper()
		harness.Eventually(t, 45*time.Second, fmt.Sprintf("%d rows are written", rows), func() error {
			w.running()
			if n := s.count("follows.rows"); n != rows {
				return fmt.Errorf("%d rows", n)
			}
			return nil
		})
	}
	for _, topic := range []string{"follows.eu", "follows.us", "follows.", "xfollows.eu"} {
		createTopic(t, s.admin, topic, 1)
		send(topic, "k1", 1)
	}
	written(2)
	if _, err := s.admin.DeleteTopics(t.Context(), "follows.us"); err != nil {
		t.Fatal(err)
	}
	send("follows.eu", "k2", 2)
	written(3)
	w.Signal(syscall.SIGTERM)
	if code := w.Wait(30 * time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	send("follows.eu", "k3", 3)
	again := startWorker(t, env, "run", "--until-current")
	if code := again.Wait(time.Minute); code != 0 || s.count("follows.rows") != 4 {
		t.Errorf("exit code %d, %d rows", code, s.count("follows.rows"))
	}
	matches("the pattern matches these topics now (1): follows.eu\n")
	for topic, want := range map[string]string{
		"follows.eu": "'k1'", "follows.gone": "there is no partition follows.gone/0", "xfollows.eu": `what follows\..+ matches`, "": `what follows\..+ matches`,
	} {
		code, output := explain(t, env, "--topic", topic, "--partition", "0", "--offset", "0")
		if (code == 0) != (topic == "follows.eu") || !strings.Contains(output, want) {
			t.Errorf("explain of topic %q: exit code %d and\n%s", topic, code, output)
		}
	}
}
