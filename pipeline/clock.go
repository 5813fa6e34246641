package pipeline

// maxRecordMillis is 2100-01-01T00:00:00Z in milliseconds since 1970. A record
// timestamp after it is micro- or nanoseconds taken for milliseconds, and counts
// as none.
const maxRecordMillis = 4_102_444_800_000

// Clock gives the write timestamps of one partition. It belongs to one goroutine:
// the lane, or whoever reads the log again.
type Clock struct {
	Last       int64 // reading at the latest data record, in microseconds since 1970; 0 before the first
	Floor      int64 // no reading is below it, in microseconds since 1970
	Generation int64 // added to every stamp, in microseconds
}

// Tick advances the clock by one data record and gives its new reading, in
// microseconds: the record's timestamp, but later than the reading before and
// not below the floor. Invariant 3.
func (c *Clock) Tick(recordMillis int64) int64 {
	next := c.Last + 1
	if recordMillis > 0 && recordMillis <= maxRecordMillis {
		next = max(next, recordMillis*1000)
	}
	c.Last = max(next, c.Floor)
	return c.Last
}

// Stamp gives the write timestamp that belongs to a reading.
func (c *Clock) Stamp(reading int64) int64 { return reading + c.Generation }
