package status

import "time"

// windowLength is for how long rates are, once the page has been looked at for
// that long. Nothing is measured while nobody looks.
const windowLength = time.Minute

// reading is what the counters of topics said at one time.
type reading struct {
	at     time.Time
	topics map[string]flow
}

// flow is what went through a topic since the start.
type flow struct {
	records float64
	runs    float64 // of records, each with its freshness
	ages    float64 // the sum of their freshness, in seconds
}

func (f families) read(now time.Time) reading {
	r := reading{now, map[string]flow{}}
	for _, m := range f[recordsMetric] {
		if label(m, "outcome") != "control" {
			t := r.topics[label(m, "topic")]
			t.records += number(m)
			r.topics[label(m, "topic")] = t
		}
	}
	for _, m := range f[freshnessMetric] {
		t := r.topics[label(m, "topic")]
		t.runs += float64(m.GetHistogram().GetSampleCount())
		t.ages += m.GetHistogram().GetSampleSum()
		r.topics[label(m, "topic")] = t
	}
	return r
}

// history keeps the readings of the last minute, or the last one before it.
type history []reading

// add adds a reading and gives the window from the oldest one that counts.
func (h *history) add(r reading) window {
	old := *h
	for len(old) > 1 && r.at.Sub(old[0].at) > windowLength {
		old = old[1:]
	}
	w := window{old[0], r}
	if r.at.Sub(old[0].at) > windowLength { // the only one: nobody looked since
		old = nil
	}
	*h = append(old, r)
	return w
}

// window is the time between two readings.
type window struct{ from, to reading }

func (w window) length() time.Duration { return w.to.at.Sub(w.from.at) }

// of gives a topic's records per second, and their mean age when they had their
// outcome, in seconds.
func (w window) of(topic string) (rate float64, age *float64) {
	from, to := w.from.topics[topic], w.to.topics[topic]
	if seconds := w.length().Seconds(); seconds > 0 {
		rate = (to.records - from.records) / seconds
	}
	if runs := to.runs - from.runs; runs > 0 {
		mean := (to.ages - from.ages) / runs
		age = &mean
	}
	return rate, age
}
