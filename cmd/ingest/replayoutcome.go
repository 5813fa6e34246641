package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"ingest/pipeline/deadletter/replay"
)

// outcomeTexts say what became of letters, for people: after "3 letters".
var outcomeTexts = map[replay.Outcome]string{
	replay.Replayed:    "replayed",
	replay.NoRows:      "replayed, which today's mapping gives no row of",
	replay.Before:      "replayed before, left alone without --again",
	replay.Foreign:     "no dead letter of ingest, left alone",
	replay.OtherGroup:  "of another consumer group, left alone",
	replay.Failed:      "left: cannot be written",
	replay.TooOld:      "left: too old",
	replay.Hidden:      "left: Cassandra would hide what they write",
	replay.Uncertain:   "left: may be counted already",
	replay.Unstamped:   "left: would win over later records",
	replay.NotMapped:   "left: not in the mapping",
	replay.NoPayload:   "left: without payload",
	replay.Unmarked:    "written, but not marked as replayed",
	replay.Interrupted: "left: under way at the end",
}

// outcomeView is a summary in JSON.
type outcomeView struct {
	DryRun   bool             `json:"dry_run"`
	Complete bool             `json:"complete"` // every letter was seen
	Letters  map[string]int64 `json:"letters"`  // by outcome
	Rows     map[string]int64 `json:"rows"`     // by table
	Reasons  []reasonView     `json:"reasons"`
}

type reasonView struct {
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	Letters int64  `json:"letters"`
	First   string `json:"first"`
	Source  string `json:"source"`
}

// printOutcome prints what became of the letters.
func (c *replayCommand) printOutcome(s *replay.Summary, complete bool) error {
	if c.asJSON {
		out := json.NewEncoder(c.stdout)
		out.SetIndent("", "  ")
		return out.Encode(c.viewOutcome(s, complete))
	}
	if c.options.DryRun {
		fmt.Fprintln(c.stdout, "dry run: nothing is written; without --dry-run there would be")
	}
	seen := int64(0)
	reasons := s.Reasons()
	for _, o := range replay.Outcomes() {
		if n := s.Letters[o]; n > 0 {
			seen += n
			fmt.Fprintf(c.stdout, "%s %s\n", counted(n, "letter"), outcomeTexts[o])
			printReasons(c.stdout, o, reasons)
		}
	}
	if seen == 0 {
		fmt.Fprintln(c.stdout, "no letters")
	}
	for _, table := range slices.Sorted(maps.Keys(s.Rows)) {
		fmt.Fprintf(c.stdout, "%s of %s\n", counted(s.Rows[table], "row"), table)
	}
	return nil
}

func printReasons(w io.Writer, o replay.Outcome, reasons []replay.Reason) {
	for i := range reasons {
		r := &reasons[i]
		if r.Outcome != o {
			continue
		}
		first := "at"
		if r.Letters > 1 {
			first = fmt.Sprintf("%d of them, the first at", r.Letters)
		}
		fmt.Fprintf(w, "    %s %s (from %s): %s\n", first, r.First, printable(r.Source.String()), printable(strings.ReplaceAll(r.Text, "\n", "; ")))
	}
}

func (c *replayCommand) viewOutcome(s *replay.Summary, complete bool) *outcomeView {
	v := &outcomeView{DryRun: c.options.DryRun, Complete: complete, Letters: map[string]int64{}, Rows: map[string]int64{}, Reasons: []reasonView{}}
	for _, o := range replay.Outcomes() {
		v.Letters[o.String()] = s.Letters[o]
	}
	maps.Copy(v.Rows, s.Rows)
	for _, r := range s.Reasons() {
		v.Reasons = append(v.Reasons, reasonView{r.Outcome.String(), r.Text, r.Letters, r.First.String(), r.Source.String()})
	}
	return v
}
