//go:build stack

package test

import (
	"math/rand/v2"
	"testing"

	"github.com/gocql/gocql"
)

// TestReplay reads a topic twice, by two groups, and expects the second time to
// change nothing. Then it takes the rows apart: what cannot be selected, the
// timestamps of row markers and of deletes, must be exact as well.
func TestReplay(t *testing.T) {
	const partitions = 3
	s := newScene(t, "replay", partitions, "CREATE TABLE replay.rows (id text PRIMARY KEY, a bigint, b text, c double)")
	value := register(t, "replay-value", crashSchema)
	h := newHistory(rand.New(rand.NewPCG(testSeed(t), 2)), 4000, partitions, 300)
	produce(t, s.client, h.records(s.name, func(cells map[string]any) []byte {
		return value.encode(t, map[string]any{"a": cells["a"], "b": cells["b"], "c": cells["c"]})
	})...)
	env := s.env(replayMapping)

	s.catchUp(env)
	demandRows(t, s.session, "replay.rows", h.fold())
	again := startWorker(t, append(env, "INGEST_KAFKA_GROUP_ID=replay-again"), "run", "--until-current")
	if code := again.Wait(runLimit); code != 0 {
		t.Fatalf("the second run ended with exit code %d", code)
	}
	demandRows(t, s.session, "replay.rows", h.fold())
	s.noLetters()

	live, deleted := h.lastStamps()
	if len(live) < 100 || len(deleted) < 10 {
		t.Fatalf("%d rows live and %d deleted: too few to tell anything", len(live), len(deleted))
	}
	for key, stamp := range live {
		demandMarker(t, s, key, stamp)
	}
	for key, stamp := range deleted {
		demandDeletion(t, s, key, stamp)
	}
}

const replayMapping = `version: 1
topics:
  - topic: replay
    key:
      format: string
    tables:
      - table: replay.rows
        columns_from: value
        columns:
          id: key
        tombstone: delete
`

// lastStamps gives the write timestamp of each key's last record: an insert of a
// live row, or the delete of one that is not there.
func (h history) lastStamps() (live, deleted map[string]int64) {
	live, deleted = map[string]int64{}, map[string]int64{}
	for p, stamps := range h.stamps() {
		for i, e := range h[p] {
			if e.delete {
				delete(live, e.key)
				deleted[e.key] = stamps[i]
			} else {
				delete(deleted, e.key)
				live[e.key] = stamps[i]
			}
		}
	}
	return live, deleted
}

// demandMarker holds a row's marker to a timestamp. Without its cells the row is
// there by its marker alone, and a delete ends it from that timestamp on: on a
// tie the delete wins.
func demandMarker(t *testing.T, s *scene, key string, stamp int64) {
	t.Helper()
	apply(t, s, "DELETE a, b, c FROM replay.rows USING TIMESTAMP ? WHERE id = ?", stamp, key)
	apply(t, s, "DELETE FROM replay.rows USING TIMESTAMP ? WHERE id = ?", stamp-1, key)
	if !there(t, s, key) {
		t.Errorf("%s: the row's marker is older than %d", key, stamp)
	}
	apply(t, s, "DELETE FROM replay.rows USING TIMESTAMP ? WHERE id = ?", stamp, key)
	if there(t, s, key) {
		t.Errorf("%s: the row's marker is newer than %d", key, stamp)
	}
}

// demandDeletion holds a row's delete to a timestamp: an insert of that
// timestamp loses, the next one wins.
func demandDeletion(t *testing.T, s *scene, key string, stamp int64) {
	t.Helper()
	apply(t, s, "INSERT INTO replay.rows (id) VALUES (?) USING TIMESTAMP ?", key, stamp)
	if there(t, s, key) {
		t.Errorf("%s: the delete is older than %d", key, stamp)
	}
	apply(t, s, "INSERT INTO replay.rows (id) VALUES (?) USING TIMESTAMP ?", key, stamp+1)
	if !there(t, s, key) {
		t.Errorf("%s: the delete is newer than %d", key, stamp)
	}
}

func apply(t *testing.T, s *scene, cql string, values ...any) {
	t.Helper()
	if err := s.session.Query(cql, values...).WithContext(t.Context()).Exec(); err != nil {
		t.Fatalf("%s: %v", cql, err)
	}
}

func there(t *testing.T, s *scene, key string) bool {
	t.Helper()
	iter := s.session.Query("SELECT id FROM replay.rows WHERE id = ?", key).WithContext(t.Context()).Iter()
	rows := iter.NumRows()
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	return rows > 0
}

func demandRows(t *testing.T, session *gocql.Session, table string, want map[string]row) {
	t.Helper()
	differences, cells := compare(readRows(t, session, table), want)
	for _, d := range differences {
		t.Error(d)
	}
	t.Logf("%d rows and %d cells compared", len(want), cells)
}
