package deadletter

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	stallCheck = time.Second
	stallAfter = 10 * time.Second // without an acknowledgement while letters are under way
	logEvery   = time.Minute      // between lines about one outage
)

// status knows what letters wait for and says so. kgo tries again by itself, and
// silently, while brokers are away; a lack of acknowledgements shows that.
type status struct {
	topic   string
	logger  *slog.Logger
	waiting func(string)

	mu       sync.Mutex
	underWay int
	progress time.Time // of the last acknowledgement, or of the first letter after none were under way
	reason   string    // as last told to waiting
	logged   time.Time
	connect  string // why the last connection failed; empty after one that did not
	acked    bool   // a letter was acknowledged since recovered was asked
	refused  bool   // reason comes from a failed letter, not from a stall
}

var _ kgo.HookBrokerConnect = (*status)(nil)

func newStatus(deps Deps, topic string) *status {
	return &status{topic: topic, logger: deps.Logger, waiting: deps.Waiting}
}

// OnBrokerConnect is kgo's hook.
func (s *status) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connect = ""
	if err != nil {
		s.connect = err.Error()
	}
}

func (s *status) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.underWay == 0 {
		s.progress = time.Now()
	}
	s.underWay++
}

func (s *status) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	if s.underWay == 0 {
		s.clear()
	}
}

// acknowledged notes progress; last says that no failed letter is left.
func (s *status) acknowledged(last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = time.Now()
	s.acked = true
	if last || !s.refused {
		s.clear()
	}
}

// recovered reports, once, that letters have been acknowledged.
func (s *status) recovered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.acked
	s.acked = false
	return was
}

func (s *status) failing(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = true
	s.say(reason)
}

// check looks for a stall.
func (s *status) check() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.underWay == 0 || s.refused:
		return
	case time.Since(s.progress) < stallAfter:
		return
	}
	reason := fmt.Sprintf("dead letters wait for topic %q: no acknowledgement for more than %v", s.topic, stallAfter)
	if s.connect != "" {
		reason += ": " + s.connect
	}
	s.say(reason)
}

func (s *status) say(reason string) {
	if now := time.Now(); s.logged.IsZero() || now.Sub(s.logged) >= logEvery {
		s.logged = now
		s.logger.Warn("dead letters are waiting", "dead_letter_topic", s.topic, "reason", reason)
	}
	if reason != s.reason {
		s.reason = reason
		s.waiting(reason)
	}
}

func (s *status) clear() {
	s.refused = false
	if s.reason == "" {
		return
	}
	s.reason = ""
	s.logged = time.Time{}
	s.logger.Info("dead letters are no longer waiting", "dead_letter_topic", s.topic)
	s.waiting("")
}

// explain says what a person can do about a refusal.
func explain(topic string, err error) string {
	hint := ""
	switch {
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		hint = ": grant the worker Write and Describe on the topic"
	case errors.Is(err, kerr.ClusterAuthorizationFailed), errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		hint = ": grant the worker IdempotentWrite on the cluster"
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		hint = ": create the topic"
	case errors.Is(err, kerr.InvalidRecord):
		hint = ": the topic must take null keys, which a compacted topic does not: set cleanup.policy=delete"
	case isTooLarge(err):
		hint = ": raise max.message.bytes of the topic, which refuses even a letter without payload"
	}
	return fmt.Sprintf("dead letters wait for topic %q%s: %v", topic, hint, err)
}

// starting and settled tell of the time before the topic is known to exist.
func (s *status) starting(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(reason)
}

func (s *status) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}
