package sink

import (
	"time"

	"ingest/mapping"
)

// maxTTL is Cassandra's bound: 20 years in seconds (CQL, "Writing options").
const maxTTL = 630_720_000

// remainingTTL gives the seconds that a row has left to live. A TTL counts from
// the write timestamp (microseconds since 1970), so a row that is written late
// or again does not live longer. It is at least 1, because 0 would mean for ever.
func remainingTTL(ttl int32, timestamp int64, now time.Time) int32 {
	aged := (now.UnixMicro() - timestamp) / int64(time.Second/time.Microsecond)
	return int32(min(max(int64(ttl)-aged, 1), maxTTL))
}

// rowTTL gives the seconds that a row has left to live by its statement or by its
// own TTL; without one it is 0, for ever.
func rowTTL(r *mapping.Row, now time.Time) int32 {
	switch {
	case !r.Statement.RowTTL:
		return remainingTTL(r.Statement.TTL, r.Timestamp, now)
	case r.TTL == 0:
		return 0
	}
	return remainingTTL(r.TTL, r.Timestamp, now)
}
