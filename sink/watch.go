package sink

import (
	"context"
	"time"

	"github.com/gocql/gocql"
)

// schemaTick is how often a node is asked for the version of its schema. The
// driver hears of changed tables by events on one connection, passes them on to
// nobody and misses those that come while it reconnects, so asking is what can
// be relied on. A worker asks one node at a time, in turn.
const schemaTick = time.Second

// WatchSchema calls changed whenever a node's schema is another one than it was,
// and once at the start, until ctx ends. After the last call every node that
// answers has the schema of the last change: whoever reads the catalog at each
// call sees it in the end. Calls come one after another from this goroutine.
func (s *Session) WatchSchema(ctx context.Context, changed func()) {
	seen := schemaVersions{}
	ticker := time.NewTicker(schemaTick)
	defer ticker.Stop()
	for turn := 0; ; turn++ {
		if nodes := s.topology().replicas(0); len(nodes) > 0 {
			asked := nodes[turn%len(nodes)]
			host, version, err := s.schemaVersion(ctx, asked)
			if err == nil && seen.note(host, version) {
				s.newest.Store(asked)
				changed()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// schemaVersion asks a node, or another one when it is down, and says which.
func (s *Session) schemaVersion(ctx context.Context, n *node) (host, version string, err error) {
	var id, schema gocql.UUID
	err = s.link.Load().session.Query("SELECT host_id, schema_version FROM system.local").
		WithContext(&pin{Context: ctx, node: n}).Consistency(gocql.LocalOne).Scan(&id, &schema)
	return id.String(), schema.String(), err
}

// schemaVersions is the version that each node gave last, by host id.
type schemaVersions map[string]string

// note keeps a node's version and reports whether it is news: another one than
// the node's last, or of a node not seen before one that no other node has. The
// first of all is news too: what was planned before it may be of another one.
func (v schemaVersions) note(host, version string) bool {
	last, known := v[host]
	news := known && last != version
	if !known {
		news = true
		for _, other := range v {
			news = news && other != version
		}
	}
	v[host] = version
	return news
}

// reading gives the context of reads of the schema. All go to one node, so that
// they fit together; after a change to the one that showed it.
func (s *Session) reading(ctx context.Context) context.Context {
	n := s.newest.Load()
	if nodes := s.topology().replicas(0); n == nil && len(nodes) > 0 {
		n = nodes[0]
	}
	return &pin{Context: ctx, node: n}
}
