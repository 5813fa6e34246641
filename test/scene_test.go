//go:build stack

package test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// scene is what most tests need: a topic, a keyspace and a consumer group of one
// name, and a dead-letter topic of its own.
type scene struct {
	t          *testing.T
	name       string
	partitions int32
	session    *gocql.Session
	client     *kgo.Client
	admin      *kadm.Client
}

// newScene creates topic and keyspace, and tables from the statements.
func newScene(t *testing.T, name string, partitions int32, ddl ...string) *scene {
	t.Helper()
	s := &scene{t: t, name: name, partitions: partitions, session: cassandra(t), client: kafka(t)}
	s.admin = kadm.NewClient(s.client)
	createKeyspace(t, s.session, name)
	execute(t, s.session, ddl...)
	createTopic(t, s.admin, name, partitions)
	return s
}

// env is the environment of a worker for a mapping.
func (s *scene) env(mapping string, more ...string) []string {
	s.t.Helper()
	return settings(harness.WriteMapping(s.t, mapping), s.name, append([]string{"INGEST_DEAD_LETTER_TOPIC=" + s.letterTopic()}, more...)...)
}

func (s *scene) letterTopic() string { return s.name + "-dead-letters" }

// record is a record of partition 0; a nil value is a tombstone.
func (s *scene) record(key string, value []byte) *kgo.Record {
	return &kgo.Record{Topic: s.name, Key: []byte(key), Value: value}
}

// catchUp runs a worker until it has caught up, and holds it to exit code 0 with
// everything committed.
func (s *scene) catchUp(env []string) *worker {
	s.t.Helper()
	w := startWorker(s.t, env, "run", "--until-current")
	if code := w.Wait(3 * time.Minute); code != 0 {
		s.t.Fatalf("run --until-current ended with exit code %d", code)
	}
	s.committed()
	return w
}

// committed fails the test unless the group's lag is 0.
func (s *scene) committed() {
	s.t.Helper()
	if err := s.lagging(); err != nil {
		s.t.Error(err)
	}
}

func (s *scene) lagging() error {
	return lagging(s.t.Context(), s.admin, s.name, s.name, s.partitions)
}

// letter is a dead letter with its headers by name.
type letter struct {
	*kgo.Record
	headers map[string]string
}

// letters gives the dead letters by the place of their source record, such as
// orders/0/17. A topic that is not there holds none.
func (s *scene) letters() map[string]letter {
	s.t.Helper()
	out := map[string]letter{}
	for _, r := range readAll(s.t, s.admin, s.letterTopic()) {
		l := letter{r, map[string]string{}}
		for _, h := range r.Headers {
			l.headers[h.Key] = string(h.Value)
		}
		place := l.headers["ingest.topic"] + "/" + l.headers["ingest.partition"] + "/" + l.headers["ingest.offset"]
		if _, twice := out[place]; twice {
			s.t.Errorf("%s has two dead letters", place)
		}
		out[place] = l
	}
	return out
}

func place(r *kgo.Record) string { return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset) }

// noLetters fails the test when there is a dead letter.
func (s *scene) noLetters() {
	s.t.Helper()
	for at, l := range s.letters() {
		s.t.Errorf("dead letter for %s: %s", at, l.headers["ingest.message"])
	}
}

// count gives the number of rows of a table.
func (s *scene) count(table string) int {
	s.t.Helper()
	var rows int
	s.scan("SELECT count(*) FROM "+table, &rows)
	return rows
}

// scan reads one row and says whether it is there.
func (s *scene) scan(query string, into ...any) bool {
	s.t.Helper()
	err := s.session.Query(query).WithContext(s.t.Context()).Scan(into...)
	if err != nil && !errors.Is(err, gocql.ErrNotFound) {
		s.t.Fatalf("%s: %v", query, err)
	}
	return err == nil
}
