package registry

import (
	"log/slog"
	"sync"
	"time"
)

const logEvery = time.Minute // between lines about one outage

// status tells what calls wait for.
type status struct {
	log  *slog.Logger
	tell func(string)

	mu     sync.Mutex
	calls  int // that failed and have not ended
	reason string
	logged time.Time
}

// stuck notes a failed attempt; first says that it is the call's first.
func (s *status) stuck(reason string, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first {
		s.calls++
	}
	if now := time.Now(); s.logged.IsZero() || now.Sub(s.logged) >= logEvery {
		s.logged = now
		s.log.Warn("waiting for the schema registry", "reason", reason)
	}
	if reason != s.reason {
		s.reason = reason
		s.tell(reason)
	}
}

// free notes that a stuck call has ended.
func (s *status) free() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls--; s.calls > 0 {
		return
	}
	s.reason, s.logged = "", time.Time{}
	s.log.Info("no longer waiting for the schema registry")
	s.tell("")
}
