package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"ingest/mapping"
	"ingest/pipeline/verify"
)

// plan plans the topics by the live tables. All must fit.
func (v *verification) plan(ctx context.Context, chosen []int) ([]*mapping.Program, error) {
	planner := &planner{file: v.file, keyspace: v.cfg.Sink.Cassandra.Keyspace, session: v.session, registry: v.registry}
	plans, err := planner.compile(ctx, chosen)
	if err != nil {
		return nil, err
	}
	var programs []*mapping.Program
	var faults mapping.Diagnostics
	for _, c := range plans {
		if c.program == nil {
			faults = append(faults, c.found...)
			continue
		}
		programs = append(programs, c.program)
	}
	if len(faults) > 0 {
		return nil, misconfigured(fmt.Errorf("%s\nthe mapping does not fit; leave the topic out with --topic, or correct it", v.file.render(faults)))
	}
	return programs, nil
}

// whole refuses choices by which rows would be compared with a part of what
// writes them.
func (v *verification) whole(programs []*mapping.Program, tables []*verify.Table, chosen []int) error {
	for _, name := range v.flags.tables {
		if !slices.ContainsFunc(tables, func(t *verify.Table) bool { return t.FullName() == name }) {
			return usage("--table", fmt.Errorf("none of the topics feeds a table %q; name it as keyspace.table", name))
		}
	}
	for _, p := range programs {
		for i := range p.Topic.Tables {
			m := &p.Topic.Tables[i]
			if !m.Accepts(mapping.LabelCrossPartition) || !v.compared(m, tables) {
				continue
			}
			if v.flags.key != "" {
				return usage("--key", fmt.Errorf("records of other keys can write the rows of %s too; use --sample", m.Table))
			}
			if other := v.otherTopic(m, chosen); other != "" {
				return usage("--topic", fmt.Errorf("topic %q feeds table %s too: name both", other, m.Table))
			}
		}
	}
	return nil
}

func (v *verification) compared(m *mapping.TableMapping, tables []*verify.Table) bool {
	keyspace := cmp.Or(m.Keyspace, v.cfg.Sink.Cassandra.Keyspace)
	return slices.ContainsFunc(tables, func(t *verify.Table) bool { return t.Name == m.Table && t.Keyspace == keyspace })
}

// otherTopic gives a topic that is not chosen and feeds the same table.
func (v *verification) otherTopic(m *mapping.TableMapping, chosen []int) string {
	keyspace := v.cfg.Sink.Cassandra.Keyspace
	for i := range v.file.Topics {
		if slices.Contains(chosen, i) {
			continue
		}
		for j := range v.file.Topics[i].Tables {
			if o := &v.file.Topics[i].Tables[j]; o.Table == m.Table && cmp.Or(o.Keyspace, keyspace) == cmp.Or(m.Keyspace, keyspace) {
				return v.file.Topics[i].Name
			}
		}
	}
	return ""
}
