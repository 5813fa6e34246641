package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/metric/noop"

	"ingest/mapping"
	"ingest/pipeline"
	"ingest/retry"
)

const twoTopics = `version: 1
defaults:
  keyspace: shop
topics:
  - topic: orders
    key: {format: string}
    tables:
      - table: orders
        columns:
          id: key
          note: value.note
  - topic: parcels
    key: {format: string}
    tables:
      - table: parcels
        columns:
          id: key
`

// cluster is the live tables of a test, and a registry that answers or not.
type cluster struct {
	t        *testing.T
	file     *mapping.File
	tables   map[string]*mapping.Table
	down     error // of Cassandra
	registry error
	hangs    string // the topic for which the registry does not answer in time

	mu    sync.Mutex // guards tables and looks when the watch runs
	looks int
}

func (c *cluster) catalog(context.Context) (*mapping.Catalog, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	if c.down != nil {
		return nil, c.down
	}
	tables := map[string]*mapping.Table{}
	for name, table := range c.tables {
		copied := *table // each read gives tables of its own
		tables[name] = &copied
	}
	return &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{"shop": tables}}, nil
}

func (c *cluster) one(ctx context.Context, topic int, catalog *mapping.Catalog) (compiled, error) {
	if c.file.Topics[topic].Name == c.hangs {
		<-ctx.Done()
		return compiled{}, context.Cause(ctx)
	}
	if c.registry != nil {
		return compiled{}, c.registry
	}
	out := compiled{topic: c.file.Topics[topic].Name}
	out.program, out.found = mapping.Compile(c.file, topic, catalog)
	return out, nil
}

func (c *cluster) follow(topics []string) []*topicPlan {
	p := planner{file: &mappingFile{File: c.file}}
	plans := p.follow(topics)
	c.file = p.file.File
	return plans
}

// said keeps what the watch tells the consumer, in its order.
type said struct{ told []string }

func (s *said) Add(ctx context.Context, topic string, t pipeline.Topic) {
	if ctx.Err() == nil { // else the consumer may not take it
		if t.Whole {
			topic += " from its first record"
		}
		s.told = append(s.told, "add "+topic)
	}
}
func (s *said) Hold(topic, reason string)               { s.told = append(s.told, "hold "+topic+": "+reason) }
func (s *said) Replace(topic string, _ pipeline.Mapper) { s.told = append(s.told, "replace "+topic) }

func (s *said) take() []string {
	told := s.told
	s.told = nil
	return told
}

func newTable(name, id string, columns ...string) *mapping.Table {
	t := &mapping.Table{Keyspace: "shop", Name: name, ID: id, PartitionKey: []int{0}}
	for i, column := range columns {
		c := mapping.Column{Name: column, Type: &mapping.Type{Kind: mapping.TypeText}}
		if i == 0 {
			c.Kind = mapping.PartitionKey
		}
		t.Columns = append(t.Columns, c)
	}
	return t
}

// newWatch plans both topics against the cluster as it is, as the start does.
func newWatch(t *testing.T) (*schemaWatch, *cluster, *said) {
	t.Helper()
	return newWatchOf(t, twoTopics)
}

func newWatchOf(t *testing.T, text string) (*schemaWatch, *cluster, *said) {
	t.Helper()
	file, found := mapping.Parse("mapping.yaml", []byte(text))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, file: file, tables: map[string]*mapping.Table{
		"orders": newTable("orders", "1", "id", "note"), "parcels": newTable("parcels", "2", "id")}}
	s := &said{}
	w := &schemaWatch{nudges: newNudges(), refused: &refusals{}, live: c, consumer: s, backoff: &retry.Backoff{Config: retry.Config{}.OrDefault()},
		topic: func(*mapping.Program) pipeline.Topic { return pipeline.Topic{} },
		log:   slog.New(slog.DiscardHandler), warn: func(mapping.Diagnostics) {}, report: func(string, string) {}}
	if err := w.instruments(noop.Meter{}); err != nil {
		t.Fatal(err)
	}
	catalog, _ := c.catalog(t.Context())
	for i := range file.Topics {
		planned, err := c.one(t.Context(), i, catalog)
		if err != nil || planned.program == nil {
			t.Fatal(err, planned.found)
		}
		plan := &topicPlan{index: i, name: planned.topic, consumed: true}
		plan.fit(planned.program)
		w.plans = append(w.plans, plan)
	}
	return w, c, s
}

// demand holds what was told against the beginnings of the lines wanted.
func demand(t *testing.T, s *said, want ...string) {
	t.Helper()
	got := s.take()
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("the consumer was told %q, want %q", got, want)
	}
}

func TestSchemaChanges(t *testing.T) {
	fresh := func() *mapping.Table { return newTable("orders", "1", "id", "note") }
	tests := []struct {
		name  string
		steps func(t *testing.T, look func(), c *cluster, s *said)
	}{
		{"nothing changes", func(t *testing.T, look func(), _ *cluster, s *said) { look(); demand(t, s) }},
		{"a dropped column holds its topic until it is back", func(t *testing.T, look func(), c *cluster, s *said) {
			c.tables["orders"] = newTable("orders", "1", "id")
			look()
			demand(t, s, `hold orders: the mapping no longer fits (column "note" of shop.orders is gone): mapping.yaml:11:11: `)
			look()
			demand(t, s) // the same again is no news
			c.tables["orders"] = fresh()
			look()
			demand(t, s, "replace orders")
			look()
			demand(t, s)
		}},
		{"a new column is planned for", func(t *testing.T, look func(), c *cluster, s *said) {
			c.tables["orders"] = newTable("orders", "1", "id", "note", "more")
			look()
			demand(t, s, "replace orders")
			look()
			demand(t, s)
		}},
		{"a renamed key column", func(t *testing.T, look func(), c *cluster, s *said) {
			c.tables["orders"] = newTable("orders", "1", "number", "note")
			look()
			demand(t, s, "hold orders: ")
		}},
		{"a dropped table, created again", func(t *testing.T, look func(), c *cluster, s *said) {
			delete(c.tables, "orders")
			look()
			demand(t, s, "hold orders: the mapping no longer fits (table shop.orders is gone)")
			c.tables["orders"] = newTable("orders", "9", "id", "note")
			look()
			demand(t, s, "replace orders")
		}},
		{"created again between two looks", func(t *testing.T, look func(), c *cluster, s *said) {
			c.tables["orders"] = newTable("orders", "9", "id", "note")
			look()
			demand(t, s, "replace orders")
		}},
		{"another reason is told", func(t *testing.T, look func(), c *cluster, s *said) {
			c.tables["orders"] = newTable("orders", "1", "id")
			look()
			delete(c.tables, "orders")
			look()
			demand(t, s, "hold orders: ", "hold orders: ")
		}},
		{"a registry that does not answer holds what has changed, and nothing else", func(t *testing.T, look func(), c *cluster, s *said) {
			c.registry = errors.New("away")
			look()
			demand(t, s)
			c.tables["orders"] = newTable("orders", "1", "id", "note", "more")
			look()
			demand(t, s, "hold orders: a live table has changed")
			look()
			demand(t, s)
			c.registry = nil
			look()
			demand(t, s, "replace orders")
		}},
		{"a cluster that does not answer changes nothing", func(t *testing.T, look func(), c *cluster, s *said) {
			c.tables["orders"], c.down = newTable("orders", "1", "id"), errors.New("away")
			look()
			demand(t, s)
			c.down = nil
			look()
			demand(t, s, "hold orders: ")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, c, s := newWatch(t)
			test.steps(t, func() { _ = w.look(t.Context()) }, c, s)
		})
	}
}

// A topic that did not fit at the start is taken in once, and held after that as
// any other.
func TestALateTopicIsTakenIn(t *testing.T) {
	w, c, s := newWatch(t)
	reasons := map[string]string{}
	w.report = func(component, reason string) { reasons[component] = reason }
	late := &topicPlan{index: 0, name: "orders"}
	late.misfit(mapping.Diagnostics{{Severity: mapping.Error, File: "mapping.yaml", Message: "no such table"}})
	w.plans[0] = late
	delete(c.tables, "orders")
	_ = w.look(t.Context())
	demand(t, s)
	if reason := reasons[onMapping]; !strings.Contains(reason, `["orders"]`) || !strings.Contains(reason, `no table "orders"`) {
		t.Errorf("readiness says %q", reason)
	}
	c.tables["orders"] = newTable("orders", "1", "id", "note")
	_ = w.look(t.Context())
	demand(t, s, "add orders")
	if reasons[onMapping] != "" {
		t.Errorf("readiness still says %q", reasons[onMapping])
	}
	delete(c.tables, "orders")
	_ = w.look(t.Context())
	demand(t, s, "hold orders: ")
}

// A topic whose schemas take the whole look does not keep the consumer from
// hearing of another one.
func TestALateTopicIsTakenInBesideOneThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c, s := newWatch(t)
		late := &topicPlan{index: 1, name: "parcels"}
		late.misfit(mapping.Diagnostics{{Severity: mapping.Error, File: "mapping.yaml", Message: "no such table"}})
		w.plans[1] = late
		c.tables["orders"], c.hangs = newTable("orders", "1", "id", "note", "more"), "orders"
		if err := w.look(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the look ends with %v", err)
		}
		demand(t, s, "hold orders: ", "add parcels")
	})
}

// The loop looks at once, when it is nudged, and from time to time; many nudges
// are few looks.
func TestWhenTheWatchLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c, s := newWatch(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		start := c.looks
		go func() { defer close(ended); w.run(ctx) }()
		looks := func() int {
			synctest.Wait()
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.looks - start
		}
		if n := looks(); n != 1 {
			t.Errorf("%d looks at the start, want 1", n)
		}
		time.Sleep(lookInterval + time.Millisecond)
		if n := looks(); n != 2 {
			t.Errorf("%d looks after an interval, want 2", n)
		}
		c.mu.Lock()
		c.tables["orders"] = newTable("orders", "1", "id")
		c.mu.Unlock()
		for range 1000 {
			w.nudge()
			time.Sleep(time.Millisecond)
		}
		if n := looks(); n < 4 || n > 7 {
			t.Errorf("%d looks after a second of nudges, want about one each %v more", n, lookPause)
		}
		if got := s.take(); !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, "hold orders: ") }) {
			t.Errorf("the consumer was told %q", got)
		}
		cancel()
		<-ended
	})
}
