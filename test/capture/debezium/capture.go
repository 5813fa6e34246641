package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ingest/test/captured"
	"ingest/test/stack"
)

// patience bounds the wait for what one statement makes.
const patience = 90 * time.Second

// plan is what one database does, and what connectors follow it.
type plan struct {
	database   string
	artifact   string
	setup      []string // tables, and the rows of the snapshot
	steps      []step
	connectors []connector
}

// step is one statement, and how much comes of it.
type step struct {
	table, sql         string
	events, tombstones int
}

// connector says how one differs from a connector of default settings.
type connector struct {
	name     string
	tables   []string
	settings map[string]string
}

// prefix begins the names of a connector's topics.
func (p *plan) prefix(c *connector) string { return p.database + "_" + c.name }

// capturing is a plan under way.
type capturing struct {
	plan    *plan
	db      database
	connect *connect
	topics  *topics
	files   map[string]*captured.File // of each connector
}

func capture(ctx context.Context, s *stack.Stack, db database, p *plan, dir string) error {
	for _, sql := range p.setup {
		if err := db.exec(ctx, sql); err != nil {
			return err
		}
	}
	all := map[string]map[string]string{}
	for i := range p.connectors {
		all[p.connectors[i].name] = p.settings(db, i)
	}
	connect, err := startConnect(ctx, s, dir, p.database, all)
	if err != nil {
		return err
	}
	c := &capturing{plan: p, db: db, connect: connect, files: map[string]*captured.File{}}
	if c.topics, err = readTopics(s.Brokers()); err != nil {
		return err
	}
	defer c.topics.close()
	if err := c.start(ctx); err != nil {
		return err
	}
	if err := c.snapshot(ctx); err != nil {
		return err
	}
	for _, step := range p.steps {
		fmt.Fprintf(os.Stderr, "%s: %s\n", p.database, head(step.sql))
		if err := db.exec(ctx, step.sql); err != nil {
			return err
		}
		if err := c.follow(ctx, step); err != nil {
			return fmt.Errorf("%s: %w", head(step.sql), err)
		}
	}
	return c.write(ctx, s.RegistryURL())
}

func head(sql string) string {
	sql = strings.Join(strings.Fields(sql), " ")
	return sql[:min(len(sql), 80)]
}

// settings are all those of a connector.
func (p *plan) settings(db database, i int) map[string]string {
	c := &p.connectors[i]
	all := db.settings()
	var tables []string
	for _, t := range c.tables {
		tables = append(tables, db.topic(t))
	}
	for name, v := range map[string]string{
		"name": c.name, "tasks.max": "1", "topic.prefix": p.prefix(c), "table.include.list": strings.Join(tables, ","),
		"slot.name": c.name, "publication.name": c.name, "database.server.id": fmt.Sprint(5000 + i),
		"schema.history.internal.kafka.topic": "history_" + c.name,
		// Names that Avro allows, as Debezium's documentation sets them for its converter.
		"schema.name.adjustment.mode": "avro", "field.name.adjustment.mode": "avro",
		"topic.creation.default.replication.factor": "1", "topic.creation.default.partitions": "1",
	} {
		all[name] = v
	}
	maps.Copy(all, c.settings)
	return all
}

func (c *capturing) start(ctx context.Context) error {
	version, err := c.db.version(ctx)
	if err != nil {
		return err
	}
	for i := range c.plan.connectors {
		conn := &c.plan.connectors[i]
		c.files[conn.name] = &captured.File{
			Database: version, Connector: c.plan.artifact + " " + debeziumVersion, Converter: converter,
			Settings: conn.settings, Subjects: map[string][]int{},
		}
	}
	return nil
}

// snapshot takes the rows that were there when the connectors started.
func (c *capturing) snapshot(ctx context.Context) error {
	tables := map[string]bool{}
	for _, conn := range c.plan.connectors {
		for _, t := range conn.tables {
			tables[t] = true
		}
	}
	for _, t := range slices.Sorted(maps.Keys(tables)) {
		rows, err := c.db.rows(ctx, t)
		if err != nil {
			return err
		}
		if err := c.follow(ctx, step{table: t, sql: "snapshot", events: len(rows)}); err != nil {
			return fmt.Errorf("the snapshot of %s: %w", t, err)
		}
	}
	return nil
}

// follow waits for what every connector makes of a step.
func (c *capturing) follow(ctx context.Context, s step) error {
	rows, err := c.db.rows(ctx, s.table)
	if err != nil {
		return err
	}
	for i := range c.plan.connectors {
		conn := &c.plan.connectors[i]
		if !slices.Contains(conn.tables, s.table) {
			continue
		}
		want := s.events
		if conn.settings["tombstones.on.delete"] != "false" {
			want += s.tombstones
		}
		records, err := c.await(ctx, c.plan.prefix(conn)+"."+c.db.topic(s.table), want)
		if err != nil {
			return fmt.Errorf("%s: %w", conn.name, err)
		}
		f := c.files[conn.name]
		f.Steps = append(f.Steps, captured.Step{SQL: s.sql, Table: s.table, Rows: rows, Records: records})
	}
	return nil
}

// await takes the next n records of a topic.
func (c *capturing) await(ctx context.Context, topic string, n int) ([]captured.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if records := c.topics.take(topic, n); records != nil || n == 0 {
			return records, nil
		}
		if err := c.topics.poll(ctx); err != nil {
			return nil, fmt.Errorf("%d records of %s, want %d: %w (the connectors: %w)", c.topics.waiting(topic), topic, n, err, c.connect.failed(context.WithoutCancel(ctx)))
		}
	}
}

// write adds what connectors produce beside their tables' topics, and the schemas.
func (c *capturing) write(ctx context.Context, registry string) error {
	known, err := readSubjects(ctx, registry)
	if err != nil {
		return err
	}
	for i := range c.plan.connectors {
		conn := &c.plan.connectors[i]
		f, prefix := c.files[conn.name], c.plan.prefix(conn)
		if f.Beside, err = c.beside(ctx, conn); err != nil {
			return err
		}
		if f.Schemas, err = readSchemas(ctx, registry, f); err != nil {
			return err
		}
		for subject, ids := range known {
			if strings.HasPrefix(subject, prefix+".") || strings.HasPrefix(subject, prefix+"-") || strings.HasPrefix(subject, "__debezium-heartbeat."+prefix+"-") {
				f.Subjects[subject] = ids
			}
		}
		file := filepath.Join(output, prefix+".json")
		if err := f.Write(file); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "wrote", file)
	}
	return nil
}

// beside takes the first records of a connector's other topics.
func (c *capturing) beside(ctx context.Context, conn *connector) ([]captured.Record, error) {
	const enough = 3
	prefix := c.plan.prefix(conn)
	var want []string
	if conn.settings["provide.transaction.metadata"] == "true" {
		want = append(want, prefix+".transaction")
	}
	if conn.settings["heartbeat.interval.ms"] != "" {
		want = append(want, "__debezium-heartbeat."+prefix)
	}
	if c.plan.database != "postgres" {
		want = append(want, prefix)
	}
	var all []captured.Record
	for _, topic := range want {
		records, err := c.await(ctx, topic, enough)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
	}
	return all, nil
}
