package main

import (
	"sync"
	"time"
)

// refusals are the tables to which Cassandra refuses writes until a person does
// something, as the writer tells of them from any goroutine.
type refusals struct {
	mu     sync.Mutex
	reason map[string]string // by table
}

func (r *refusals) add(table, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reason == nil {
		r.reason = map[string]string{}
	}
	r.reason[table] = reason
}

// take gives what was told since it was called last.
func (r *refusals) take() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.reason
	r.reason = nil
	return told
}

// holdRefused holds the topics that feed a table which refuses writes. Their
// records would fill what may be in flight, and no other topic would get on.
func (s *schemaWatch) holdRefused() {
	told := s.refused.take()
	for _, t := range s.plans {
		if t.program == nil || !t.consumed {
			continue
		}
		for _, table := range t.tables {
			if reason, ok := told[table.FullName()]; ok {
				s.log.Warn("Cassandra refuses the writes of a topic; it is held and tried again", "topic", t.name, "table", table.FullName(), "reason", reason)
				s.hold(t, "Cassandra refuses writes to table "+table.FullName()+": "+reason+"; tried again every "+lookInterval.String())
				t.rests = time.Now().Add(lookInterval)
				break
			}
		}
	}
}
