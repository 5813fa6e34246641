package pipeline

// maxRecordMillis is 2100-01-01T00:00:00Z in milliseconds since 1970. A record
// timestamp after it is micro- or nanoseconds taken for milliseconds, and counts
// as none.
const maxRecordMillis = 4_102_444_800_000

// clock gives the write timestamps of one partition. It belongs to the lane.
type clock struct {
	last       int64 // of the latest data record, in microseconds since 1970
	floor      int64 // no clock is below it, in microseconds
	generation int64 // added to every stamp
}

// tick advances the clock by one data record and gives its new reading, in
// microseconds: the record's timestamp, but later than the reading before and
// not below the floor. Invariant 3.
func (c *clock) tick(recordMillis int64) int64 {
	next := c.last + 1
	if recordMillis > 0 && recordMillis <= maxRecordMillis {
		next = max(next, recordMillis*1000)
	}
	c.last = max(next, c.floor)
	return c.last
}

// stamp gives the write timestamp that belongs to a reading.
func (c *clock) stamp(reading int64) int64 { return reading + c.generation }
