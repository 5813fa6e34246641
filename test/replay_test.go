//go:build stack

package test

import "testing"

// TestReplay reads a topic twice, by two groups, and expects the second time to
// change nothing. Then it takes the rows apart: what cannot be selected, the
// timestamps of row markers and of deletes, must be exact as well.
func TestReplay(t *testing.T) {
	const partitions = 3
	s := newScene(t, "replay", partitions, "CREATE TABLE replay.rows (id text PRIMARY KEY, a bigint, b text, c double)")
	value := register(t, "replay-value", crashSchema)
	l := drawLog(t, 2, 4000, partitions, 300)
	produce(t, s.client, allRecords(t, l, s.name, value)...)
	env := s.env(replayMapping)

	s.catchUp(env)
	demandFold(t, s.session, "replay.rows", l)
	again := startWorker(t, append(env, "INGEST_KAFKA_GROUP_ID=replay-again"), "run", "--until-current")
	if code := again.Wait(runLimit); code != 0 {
		t.Fatalf("the second run ended with exit code %d", code)
	}
	demandFold(t, s.session, "replay.rows", l)
	s.noLetters()

	live, deleted := l.Fold()
	if len(live) < 100 || len(deleted) < 10 {
		t.Fatalf("%d rows live and %d deleted: too few to tell anything", len(live), len(deleted))
	}
	for key, row := range live {
		demandMarker(t, s, key, row.Marker)
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
