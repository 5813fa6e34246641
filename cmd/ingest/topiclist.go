package main

import (
	"slices"
	"sync"
)

// topicList is which topics the cluster has, as who looks tells the schema watch.
type topicList struct {
	mu    sync.Mutex
	names []string
	fresh bool // nobody has taken it
}

// put takes over a list, and reports whether it is another one.
func (l *topicList) put(names []string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Equal(l.names, names) {
		return false
	}
	l.names, l.fresh = names, true
	return true
}

// take gives a list that nobody has taken.
func (l *topicList) take() (names []string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ok, l.fresh = l.fresh, false
	return l.names, ok
}

// seen tells which topics the cluster has, sorted, from any goroutine.
func (s *schemaWatch) seen(topics []string) {
	if s.topics.put(topics) {
		s.nudge()
	}
}

// grow makes plans for topics that have come. One that has gone before it was
// consumed is nobody's business any more; what is consumed is the consumer's.
func (s *schemaWatch) grow() {
	topics, ok := s.topics.take()
	if !ok {
		return
	}
	for _, t := range s.plans {
		_, there := slices.BinarySearch(topics, t.name)
		t.gone = t.found && !t.consumed && !there
	}
	added := s.live.follow(topics)
	for _, t := range added {
		s.log.Info("a topic has come that a pattern matches", "topic", t.name)
	}
	s.growing.Lock()
	defer s.growing.Unlock()
	s.plans = append(s.plans, added...)
}
