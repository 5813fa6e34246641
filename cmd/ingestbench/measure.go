package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/gocql/gocql"
)

// bench is one measurement.
type bench struct {
	options   options
	servers   *servers
	session   *gocql.Session
	worker    *worker
	collector *collector // nil: traces are not measured
	stderr    io.Writer
}

// measure does what the command line asks for and prints what came out.
func measure(ctx context.Context, o options, stdout, stderr io.Writer) error {
	unlock, err := lockMachine()
	if err != nil {
		return err
	}
	defer unlock()
	dir, err := os.MkdirTemp("", "ingestbench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{options: o, stderr: stderr}
	b.worker = &worker{binary: o.Worker, dir: dir, timeout: o.Timeout}
	if b.worker.binary == "" {
		b.say("building the worker")
		if b.worker.binary, err = build(ctx, dir); err != nil {
			return err
		}
	}
	if b.servers, err = openServers(ctx, o, stderr); err != nil {
		return err
	}
	defer b.servers.close()
	if o.Traces > 0 {
		if b.collector, err = startCollector(); err != nil {
			return err
		}
		defer b.collector.close()
	}
	b.worker.env = append(append(append([]string{}, b.servers.env...), o.Caps.env()...), o.WorkerEnv...)
	if b.session, err = connect(b.servers); err != nil {
		return err
	}
	defer b.session.Close()
	return b.measure(ctx, stdout)
}

func (b *bench) measure(ctx context.Context, stdout io.Writer) error {
	shapes, err := shapesNamed(b.options.Shape)
	if err != nil {
		return err
	}
	rep := &report{Machine: describeMachine(ctx, b.servers), Options: b.options}
	mapping := ""
	for i := range shapes {
		var result *result
		if result, mapping, err = b.measureShape(ctx, &shapes[i]); err != nil {
			return fmt.Errorf("%s: %w", shapes[i].name, err)
		}
		rep.Results = append(rep.Results, result)
	}
	if err := rep.print(stdout, b.options.JSON); err != nil {
		return err
	}
	if b.options.Keep {
		b.servers.stay(ctx, b.stderr, append(b.worker.env, "INGEST_MAPPING_FILE="+mapping))
	}
	return nil
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.stderr, format+"\n", args...) }

// measureShape fills a topic and runs the pairs.
func (b *bench) measureShape(ctx context.Context, s *shape) (*result, string, error) {
	b.say("%s: filling the topic with %d records", s.name, b.options.Records)
	topic, err := fill(ctx, b.servers, s, b.options, b.stderr)
	if err != nil {
		return nil, "", err
	}
	t := &table{shape: s, session: b.session, name: tableName(s)}
	if err := t.create(ctx); err != nil {
		return nil, "", err
	}
	mapping, err := b.worker.writeMapping(s, topic.name, b.options.Consistency)
	if err != nil {
		return nil, "", err
	}
	result := &result{Shape: s.name, Text: s.text, RecordBytes: topic.average}
	if b.options.Once {
		only, err := b.timed(ctx, t, "worker", func() (*run, error) {
			return b.worker.run(ctx, mapping, b.options.Records, nil)
		})
		result.Pairs = []pair{{Worker: only}}
		return result, mapping, err
	}
	for i := range b.options.Pairs + 1 {
		b.say("%s: %s", s.name, pairName(i, b.options.Pairs))
		p, err := b.measurePair(ctx, s, topic, t, mapping, i)
		if err != nil {
			return nil, "", err
		}
		if i > 0 {
			result.Pairs = append(result.Pairs, p)
		}
	}
	return result, mapping, nil
}

// measurePair runs both sides, one after the other.
func (b *bench) measurePair(ctx context.Context, s *shape, topic *topic, t *table, mapping string, number int) (p pair, err error) {
	if b.collector != nil {
		return b.measureTraces(ctx, t, mapping, number)
	}
	p.Limit, err = b.timed(ctx, t, "limit", func() (*run, error) { return b.runLimit(ctx, s, topic) })
	if err != nil {
		return p, err
	}
	p.Worker, err = b.timed(ctx, t, "worker", func() (*run, error) {
		return b.worker.run(ctx, mapping, b.options.Records, nil)
	})
	return p, err
}

func pairName(i, pairs int) string {
	if i == 0 {
		return "warm-up"
	}
	return fmt.Sprintf("pair %d of %d", i, pairs)
}

// timed runs one side on an empty table and holds the table against the records.
func (b *bench) timed(ctx context.Context, t *table, side string, once func() (*run, error)) (*run, error) {
	if err := t.truncate(ctx); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-time.After(b.options.Pause):
	}
	r, err := once()
	if err != nil {
		return nil, err
	}
	b.say("  %-8s %7.0f rows/s, %5.2f CPU s per million", side, r.rate(), r.cpuPerMillion())
	return r, t.check(ctx, b.options.Records)
}

// runLimit starts this program again as the limit.
func (b *bench) runLimit(ctx context.Context, s *shape, topic *topic) (*run, error) {
	o, servers := b.options, b.servers
	task, err := json.Marshal(limitTask{
		Brokers: servers.brokers, Hosts: servers.hosts, Port: servers.port, Topic: topic.name, Shape: s.name,
		Records: o.Records, Partitions: o.Partitions, Consistency: o.Consistency, InFlight: o.InFlight, Caps: o.Caps,
	})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("it took longer than %v", o.Timeout))
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "limit")
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(task), &out, b.stderr
	if err := errors.Join(cmd.Run(), context.Cause(ctx)); err != nil {
		return nil, fmt.Errorf("running the limit: %w", err)
	}
	r := &run{}
	if err := json.Unmarshal(out.Bytes(), r); err != nil {
		return nil, fmt.Errorf("reading what the limit says: %w", err)
	}
	return r, nil
}
