//go:build stack

package test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ingest/test/harness"
)

func (s *letterScene) checkList() {
	s.t.Helper()
	var list struct {
		Letters int64
		Groups  []struct {
			Topic, Tables, Class string
			Letters              int64
			First, Last          time.Time
		}
	}
	text := s.run(0, "list", "--json")
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		s.t.Fatal(err)
	}
	if list.Letters != 6 || len(list.Groups) != 2 || list.Groups[0].Tables != "*" || list.Groups[0].Letters != 1 || list.Groups[1].Tables != s.name+".a" ||
		list.Groups[1].Class != "value" || list.Groups[1].Letters != 5 || time.Since(list.Groups[1].First) > time.Hour || list.Groups[1].Last.Before(list.Groups[1].First) {
		s.t.Errorf("listed\n%s", text)
	}
	for _, args := range [][]string{{"list"}, {"list", "--each"}, {"list", "--each", "--json"}} {
		if text := s.run(0, args...); strings.Contains(text, "secret") || !strings.Contains(text, "framing") {
			s.t.Errorf("%q prints\n%s", args, text)
		}
	}
}

func (s *letterScene) checkShow(letters map[string]letter) {
	s.t.Helper()
	for source, l := range letters {
		if string(l.Key) != "plain" {
			continue
		}
		at := fmt.Sprintf("%s/%d/%d", l.Topic, l.Partition, l.Offset)
		text := s.run(0, "show", at)
		if strings.Contains(text, "secret") || !strings.Contains(text, source) || !strings.Contains(text, l.headers["ingest.write.timestamp"]) || !strings.Contains(text, "value            6 bytes") {
			s.t.Errorf("shown without payload:\n%s", text)
		}
		if text := s.run(0, "show", "--payload", at); !strings.Contains(text, "\nsecret\n") {
			s.t.Errorf("shown with payload:\n%s", text)
		}
	}
}

// checkRefusals replays with what does not fit; nothing is written.
func (s *letterScene) checkRefusals() {
	s.t.Helper()
	s.with("INGEST_KAFKA_GROUP_ID=another", func() { s.replay(0, map[string]int64{"other_group": 6}) })
	onlyB, _, _ := strings.Cut(letterMapping(s.name, "wide", ""), "      - table: "+s.name+".a")
	_, rest, _ := strings.Cut(letterMapping(s.name, "wide", ""), "wide: value.n\n")
	s.with("INGEST_MAPPING_FILE="+harness.WriteMapping(s.t, onlyB+rest), func() {
		r := s.replay(1, map[string]int64{"not_mapped": 5}, "--class", "value")
		if len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0].Reason, "does not feed table "+s.name+".a from topic") {
			s.t.Errorf("reasons %v", r.Reasons)
		}
	})
	s.with("INGEST_MAPPING_FILE="+harness.WriteMapping(s.t, letterMapping(s.name, "gone", "")), func() {
		r := s.replay(1, map[string]int64{"not_mapped": 6})
		if len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0].Reason, `"gone"`) {
			s.t.Errorf("reasons %v", r.Reasons)
		}
	})
	s.with("INGEST_SCHEMA_REGISTRY_URLS=http://127.0.0.1:1", func() {
		if text := s.run(1, "replay", "--timeout", "2s"); !strings.Contains(text, "waiting: ") || !strings.Contains(text, "schema registry within 2s") {
			s.t.Errorf("without a registry it says\n%s", text)
		}
	})
	s.with("INGEST_DEAD_LETTER_TOPIC=no-such-topic", func() {
		if text := s.run(1, "replay"); !strings.Contains(text, `no dead-letter topic "no-such-topic"`) {
			s.t.Errorf("without a topic it says\n%s", text)
		}
	})
	if rows := s.wide(); len(rows) != 1 || s.marks() != nil {
		s.t.Errorf("what was refused wrote: rows %v, marks %q", rows, s.marks())
	}
}

// checkGuard lets every letter be older than gc_grace_seconds.
func (s *letterScene) checkGuard() {
	s.t.Helper()
	execute(s.t, s.session, "TRUNCATE "+s.name+".a", "ALTER TABLE "+s.name+".a WITH gc_grace_seconds = 0")
	r := s.replay(1, map[string]int64{"too_old": 5}, "--again", "--class", "value")
	if rows := s.wide(); len(rows) != 0 || !slices.ContainsFunc(r.Reasons, func(r struct{ Outcome, Reason, First string }) bool {
		return strings.Contains(r.Reason, "--resurrect")
	}) {
		s.t.Errorf("the guard let %v through and says %v", rows, r.Reasons)
	}
	s.replay(0, map[string]int64{"replayed": 5}, "--again", "--class", "value", "--resurrect")
	if rows := s.wide(); len(rows) != 5 {
		s.t.Errorf("--resurrect left %v", rows)
	}
}

// checkHidden drops the column that the letters write and adds it again, which
// makes Cassandra hide what they would write to it.
func (s *letterScene) checkHidden() {
	s.t.Helper()
	execute(s.t, s.session, "ALTER TABLE "+s.name+".a DROP wide", "ALTER TABLE "+s.name+".a ADD wide bigint")
	marks := len(s.marks())
	r := s.replay(1, map[string]int64{"hidden": 5}, "--again", "--class", "value", "--resurrect")
	if len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0].Reason, `column "wide" of `+s.name+`.a was dropped`) || len(s.marks()) != marks {
		s.t.Errorf("%d marks after %d; reasons %v", len(s.marks()), marks, r.Reasons)
	}
}
