package sink

import (
	"strings"
	"time"

	"ingest/mapping"
)

// Explanation is what a writer would do with a row.
type Explanation struct {
	CQL   string // as it is prepared, without the comment that tells sessions apart
	TTL   int32  // seconds that the row would get, 0 where the statement gives none
	Token int64  // of its partition
}

// Explain says what a writer would do with a row at a time. It needs no session.
func Explain(r *mapping.Row, now time.Time) (Explanation, error) {
	e := Explanation{Token: token(r.Routing)}
	var err error
	if hasTuple(r.Statement) {
		e.CQL, _, err = tupleText(r, "")
	} else {
		e.CQL = statementText(r.Statement, "")
	}
	if mark := strings.LastIndex(e.CQL, " /* "); mark >= 0 {
		e.CQL = e.CQL[:mark]
	}
	if r.Statement.TTL > 0 || r.Statement.RowTTL {
		e.TTL = rowTTL(r, now)
	}
	return e, err
}

// Replicas gives the addresses of the nodes that hold a row, in the data centre
// that the session writes to; behind a proxy their host ids.
func (s *Session) Replicas(r *mapping.Row) []string {
	top := s.topology()
	var addresses []string
	for _, n := range top.replicas(top.keyspace(r.Statement.Table.Keyspace).set(token(r.Routing))) {
		switch h := n.host.Load(); {
		case n.proxied:
			addresses = append(addresses, n.id)
		case h != nil:
			addresses = append(addresses, h.ConnectAddressAndPort())
		}
	}
	return addresses
}
