//go:build stack

package test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
	"ingest/test/oracle"
)

const (
	crashTopic      = "crash"
	crashGroup      = "crash"
	crashPartitions = 6
	crashRecords    = 200_000
	crashKeys       = 4000
	crashKills      = 4
)

const crashSchema = `{"type": "record", "name": "Row", "fields": [
	{"name": "a", "type": ["null", "long"], "default": null},
	{"name": "b", "type": ["null", "string"], "default": null},
	{"name": "c", "type": ["null", "double"], "default": null}]}`

const crashMapping = `version: 1
topics:
  - topic: crash
    key:
      format: string
    tables:
      - table: crash.rows
        columns_from: value
        columns:
          id: key
        tombstone: delete
`

// TestCrashes kills workers at moments when rows beyond the committed offset are
// in Cassandra already, and holds the table against the fold of the log: every
// row, every cell, every WRITETIME.
func TestCrashes(t *testing.T) {
	c := newCrash(t)
	first, second := c.start(1), c.start(2)
	for kill := range crashKills {
		victim, other := first, second
		if kill%2 == 1 {
			victim, other = second, first
		}
		c.killBeyondCommit(victim, other)
		restarted := c.start(victim.number)
		if kill%2 == 1 {
			second = restarted
		} else {
			first = restarted
		}
	}
	harness.Eventually(t, 2*time.Minute, "everything is committed", func() error {
		return lagging(t.Context(), c.admin, crashGroup, crashTopic, crashPartitions)
	})
	for _, w := range []*crashWorker{first, second} {
		w.Signal(syscall.SIGTERM)
		if code := w.Wait(time.Minute); code != 0 {
			t.Errorf("worker %d ended with exit code %d", w.number, code)
		}
	}
	c.verify()
}

// crash is the state of the test.
type crash struct {
	t       *testing.T
	session *gocql.Session
	admin   *kadm.Client
	log     *oracle.Log
	mapping string
	starts  int
	killed  []int64 // what was committed of each partition at the last kill
	beyond  int     // rows that were seen beyond a committed offset at a kill
}

// crashWorker is a worker that can be told apart in the group, also from the one
// that it replaces, whose membership outlives it for a session timeout.
type crashWorker struct {
	*worker
	number int
	client string
}

func newCrash(t *testing.T) *crash {
	c := &crash{t: t, session: cassandra(t), mapping: harness.WriteMapping(t, crashMapping), killed: make([]int64, crashPartitions)}
	createKeyspace(t, c.session, "crash")
	execute(t, c.session, "CREATE TABLE crash.rows (id text PRIMARY KEY, a bigint, b text, c double)")
	client := kafka(t)
	c.admin = kadm.NewClient(client)
	createTopic(t, c.admin, crashTopic, crashPartitions)
	c.log = drawLog(t, 1, crashRecords, crashPartitions, crashKeys)
	c.produce(client)
	return c
}

func (c *crash) produce(client *kgo.Client) {
	c.t.Helper()
	records := allRecords(c.t, c.log, crashTopic, register(c.t, crashTopic+"-value", crashSchema))
	produce(c.t, client, records...)
	next := make([]int64, crashPartitions)
	for _, r := range records {
		if r.Offset != next[r.Partition] {
			c.t.Fatalf("a record of partition %d has offset %d, want %d: the topic is not the log", r.Partition, r.Offset, next[r.Partition])
		}
		next[r.Partition]++
	}
	if late := c.log.Late(); late < crashRecords/3 {
		c.t.Fatalf("%d of %d timestamps are equal to or before their predecessor's, want a third", late, crashRecords)
	}
}

// start runs a worker slowly enough that the kills find it at work. One worker
// commits seldom, so that much is written again after its kill; the other often,
// so that a commit ahead of the writes would lose what its kill interrupts.
func (c *crash) start(number int) *crashWorker {
	c.starts++
	client := fmt.Sprintf("crash-worker-%d-%d", number, c.starts)
	interval := map[int]string{1: "2s", 2: "200ms"}[number]
	return &crashWorker{startWorker(c.t, settings(c.mapping, crashGroup,
		"INGEST_KAFKA_CLIENT_ID="+client, "INGEST_IN_FLIGHT_ROWS_PER_SECOND=3000",
		"INGEST_COMMIT_INTERVAL="+interval,
		"INGEST_DEAD_LETTER_TOPIC=crash-dead-letters"), "run"), number, client}
}

// killBeyondCommit waits until rows of the victim's partitions are in Cassandra
// beyond what is committed, with both workers stopped so that it stays so, and
// kills the victim.
func (c *crash) killBeyondCommit(victim, other *crashWorker) {
	c.t.Helper()
	harness.Eventually(c.t, time.Minute, fmt.Sprintf("worker %d has rows beyond its commits", victim.number), func() error {
		mine := c.partitionsOf(victim)
		if err := c.advanced(mine); err != nil {
			return err
		}
		victim.Signal(syscall.SIGSTOP)
		other.Signal(syscall.SIGSTOP)
		defer other.Signal(syscall.SIGCONT)
		if c.rowsThatStayBeyond(mine) == 0 {
			victim.Signal(syscall.SIGCONT)
			return fmt.Errorf("no row of partitions %v is beyond its commit", mine)
		}
		victim.Kill()
		rows := c.rowsBeyond(mine)
		if rows == 0 {
			c.t.Fatalf("worker %d was killed, but no row of partitions %v is beyond its commit", victim.number, mine)
		}
		c.beyond += rows
		c.killed = c.commits()
		c.t.Logf("killed worker %d with %d rows of partitions %v beyond its commits", victim.number, rows, mine)
		return nil
	})
}

// betweenKills is how many records of each of a worker's partitions must have
// been committed since the last kill, so that what is found beyond the commit
// comes from its own work.
const betweenKills = 2000

func (c *crash) advanced(partitions []int32) error {
	at, err := commits(c.t.Context(), c.admin, crashGroup, crashTopic, crashPartitions)
	if err != nil {
		return err // the group is only being formed
	}
	for _, p := range partitions {
		if at[p] < c.killed[p]+betweenKills {
			return fmt.Errorf("partition %d is committed up to %d only", p, at[p])
		}
	}
	if len(partitions) == 0 {
		return fmt.Errorf("it has no partitions yet")
	}
	return nil
}

func (c *crash) commits() []int64 {
	c.t.Helper()
	at, err := commits(c.t.Context(), c.admin, crashGroup, crashTopic, crashPartitions)
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// partitionsOf asks the group's coordinator what a worker owns.
func (c *crash) partitionsOf(w *crashWorker) []int32 {
	groups, err := c.admin.DescribeGroups(c.t.Context(), crashGroup)
	if err != nil {
		return nil
	}
	var mine []int32
	for _, m := range groups[crashGroup].Members {
		if assigned, ok := m.Assigned.AsConsumer(); ok && m.ClientID == w.client {
			for _, topic := range assigned.Topics {
				mine = append(mine, topic.Partitions...)
			}
		}
	}
	return mine
}

// lookAhead is how many records after a commit are looked for in the table.
const lookAhead = 400

// rowsBeyond counts keys whose row has a cell that only a record at or after its
// partition's committed offset can have written.
func (c *crash) rowsBeyond(partitions []int32) int {
	c.t.Helper()
	at := c.commits()
	count, first := 0, int64(0)
	for _, p := range partitions {
		from := max(0, at[p])
		seen := map[string]bool{}
		for i, r := range c.log.Slice(int(p), from, from+lookAhead) {
			if i == 0 {
				first = r.Stamp
			}
			if !seen[r.Key] && c.newest(r.Key) >= first {
				count++
			}
			seen[r.Key] = true
		}
	}
	return count
}

// rowsThatStayBeyond looks twice and gives the second count: a commit that was on
// its way arrives while the first look goes on, so the second one sees what stays.
func (c *crash) rowsThatStayBeyond(partitions []int32) int {
	c.t.Helper()
	if c.rowsBeyond(partitions) == 0 {
		return 0
	}
	return c.rowsBeyond(partitions)
}

// newest gives the latest WRITETIME of a row's cells, 0 without any.
func (c *crash) newest(key string) int64 {
	var stamps [3]*int64
	err := c.session.Query("SELECT writetime(a), writetime(b), writetime(c) FROM crash.rows WHERE id = ?", key).
		WithContext(c.t.Context()).Scan(&stamps[0], &stamps[1], &stamps[2])
	if err != nil && !errors.Is(err, gocql.ErrNotFound) {
		c.t.Fatal(err)
	}
	newest := int64(0)
	for _, s := range stamps {
		if s != nil {
			newest = max(newest, *s)
		}
	}
	return newest
}

// verify compares the whole table with the fold, and what else must hold.
func (c *crash) verify() {
	c.t.Helper()
	demandFold(c.t, c.session, "crash.rows", c.log)
	if letters := readAll(c.t, c.admin, "crash-dead-letters"); len(letters) != 0 {
		c.t.Errorf("%d dead letters, want none", len(letters))
	}
	c.verifyClocks()
	c.t.Logf("%d records, %d kills, %d rows seen beyond a commit", crashRecords, crashKills, c.beyond)
}

// verifyClocks holds the clock that each commit carries against the log's.
func (c *crash) verifyClocks() {
	c.t.Helper()
	for p := range c.log.Partitions() {
		clock, err := committedClock(c.t.Context(), c.admin, crashGroup, crashTopic, int32(p))
		end := c.log.End(p)
		if want := c.log.Slice(p, end-1, end)[0].Stamp; err != nil || clock != want {
			c.t.Errorf("partition %d carries clock %d, %v; want %d", p, clock, err, want)
		}
	}
}
