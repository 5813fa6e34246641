//go:build stack

package test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// changing is a topic under load whose table is changed, a worker behind a
// forwarder, and a quiet topic beside it that must go on whatever happens.
type changing struct {
	*scene
	*worker
	t     *testing.T
	front *forwarder
	value *subject
	fill  func(n int32) map[string]any
	keys  int // 0: each record has a key of its own

	mu      sync.Mutex
	records []*kgo.Record // those of the changed topic, acknowledged
	lastDDL int           // of records, when the table was changed last
	err     error
	stop    context.CancelFunc
	loading sync.WaitGroup
}

const (
	changingPartitions = 2
	perTick            = 10 // records of the changed topic for each of the quiet one
)

const numberOnly = `{"type": "record", "name": "Row", "fields": [{"name": "n", "type": "int"}]}`

func justNumber(n int32) map[string]any { return map[string]any{"n": n} }

// newChanging starts worker and load. columns are what the mapping feeds beside k.
func newChanging(t *testing.T, name, schema string, fill func(int32) map[string]any, keys int, columns string, ddl ...string) *changing {
	t.Helper()
	s := newScene(t, name, changingPartitions, append(ddl, "CREATE TABLE "+name+".quiet (k text PRIMARY KEY, n bigint)")...)
	createTopic(t, s.admin, name+"_quiet", changingPartitions)
	c := &changing{scene: s, t: t, value: register(t, name+"-value", schema), fill: fill, keys: keys}
	register(t, name+"_quiet-value", schema)
	c.front = newForwarder(t, servers.Cassandra[0].Addr)
	c.front.listen()
	c.front.admit()
	host, port, _ := net.SplitHostPort(c.front.address)
	mapping := "version: 1\ntopics:\n" + changingTopic(name, name+".rows", columns) + changingTopic(name+"_quiet", name+".quiet", "n: value.n")
	env := s.env(mapping, "INGEST_CASSANDRA_HOSTS="+host, "INGEST_CASSANDRA_PORT="+port, "INGEST_COMMIT_INTERVAL=200ms")
	c.worker = startWorker(t, env, "run")
	c.untilReady()
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	c.loading.Go(func() { c.load(ctx) })
	t.Cleanup(func() { stop(); c.loading.Wait() })
	c.flows(name)
	return c
}

func changingTopic(topic, table, columns string) string {
	const head = "  - topic: %s\n    key: {format: string}\n    tables:\n      - table: %s\n        columns:\n          k: key\n"
	text := fmt.Sprintf(head, topic, table)
	for _, line := range strings.Split(columns, "\n") {
		text += "          " + line + "\n"
	}
	return text
}

// load appends some 200 records in a second to the topic and a few to the quiet one.
func (c *changing) load(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for n := int32(0); ; {
		var records []*kgo.Record
		for range perTick {
			records = append(records, c.numbered(c.name, n))
			n++
		}
		batch := append(slices.Clone(records), c.numbered(c.name+"_quiet", n/perTick))
		err := c.client.ProduceSync(context.WithoutCancel(ctx), batch...).FirstErr()
		c.mu.Lock()
		c.records = append(c.records, records...)
		c.err = err
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err != nil {
			return
		}
	}
}

// numbered makes a record whose key is always in the same partition. Some are
// dated back.
func (c *changing) numbered(topic string, n int32) *kgo.Record {
	key := int(n)
	if c.keys > 0 {
		key %= c.keys
	}
	at := time.Now()
	if n%7 == 0 {
		at = at.Add(-3 * time.Second)
	}
	return &kgo.Record{Topic: topic, Partition: int32(key % changingPartitions), Key: []byte(strconv.Itoa(key)),
		Value: c.value.encode(c.t, c.fill(n)), Timestamp: time.UnixMilli(at.UnixMilli())}
}
