//go:build stack

package test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ingest/test/harness"
)

// A roll-out of a mapping that does not fit: the new worker ends with one error that
// names the place, and never joins the group. The old one does not notice.
func TestARollOutThatDoesNotFit(t *testing.T) {
	s := newScene(t, "rollout", 2, simpleTable("rollout"))
	value := register(t, "rollout-value", textAndNumber)
	sent := 0
	arrives := func() {
		t.Helper()
		r := s.record("k"+strconv.Itoa(sent), value.encode(t, map[string]any{"a": "text", "n": int64(sent)}))
		r.Partition = int32(sent % 2)
		produce(t, s.client, r)
		sent++
		harness.Eventually(t, time.Minute, "the record is written and committed", s.lagging)
		if rows := s.count("rollout.rows"); rows != sent {
			t.Fatalf("%d rows, want %d", rows, sent)
		}
	}
	old := startWorker(t, s.env(simpleMapping("rollout")), "run")
	arrives()
	arrives()
	before := s.members()
	misfit := simpleMapping("rollout") + "          nothing: value.a\n" // no such column
	fresh := startWorker(t, s.env(misfit), "run")
	if code := fresh.Wait(time.Minute); code != 78 {
		t.Errorf("the new worker ends with exit code %d, want 78", code)
	}
	if out := fresh.Output(); strings.Count(out, "error: ") != 1 || !strings.Contains(out, `"nothing"`) {
		t.Errorf("it says\n%s", out)
	}
	if after := s.members(); len(before) != 1 || !slices.Equal(before, after) {
		t.Errorf("the members were %v and are %v", before, after)
	}
	arrives()
	if strings.Contains(old.Output(), "partitions revoked") {
		t.Errorf("the old worker says\n%s", old.Tail())
	}
	old.untilReady()
	s.noLetters()
}

// members are the ids of the group's members.
func (s *scene) members() (ids []string) {
	s.t.Helper()
	groups, err := s.admin.DescribeGroups(s.t.Context(), s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, member := range groups[s.name].Members {
		ids = append(ids, member.MemberID)
	}
	return slices.Sorted(slices.Values(ids))
}
