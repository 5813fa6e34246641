package monitoring

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"
)

type ruleFile struct {
	Groups []struct{ Rules []rule }
}

type rule struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

func (f ruleFile) all() []rule {
	var out []rule
	for _, group := range f.Groups {
		out = append(out, group.Rules...)
	}
	return out
}

func readRules(t *testing.T) ruleFile {
	t.Helper()
	var file ruleFile
	if err := yaml.Unmarshal([]byte(read(t, "../../deploy/helm/files/rules/ingest.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

var (
	section = regexp.MustCompile(`(?m)^### (\w+)$`)
	quoted  = regexp.MustCompile("`([^`\n]+)`")
	ours    = regexp.MustCompile(`\b(?:ingest|db_client|messaging|process|go)_\w+`)
)

// Each alert has a section in the runbook, which has no others; and says how bad
// it is, what is wrong and where to read on.
func TestRunbook(t *testing.T) {
	var alerts, sections []string
	for _, r := range readRules(t).all() {
		if r.Alert == "" {
			continue
		}
		alerts = append(alerts, r.Alert)
		if !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) || len(r.Labels) != 1 {
			t.Errorf("%s: labels %v", r.Alert, r.Labels)
		}
		for _, of := range []string{"summary", "description"} {
			if r.Annotations[of] == "" {
				t.Errorf("%s has no %s", r.Alert, of)
			}
		}
		if want := "docs/runbook.md#" + strings.ToLower(r.Alert); r.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook_url is %q, not %s", r.Alert, r.Annotations["runbook_url"], want)
		}
	}
	for _, found := range section.FindAllStringSubmatch(read(t, "../../docs/runbook.md"), -1) {
		sections = append(sections, found[1])
	}
	slices.Sort(alerts)
	slices.Sort(sections)
	if len(alerts) < 20 || !slices.Equal(alerts, sections) {
		t.Errorf("the alerts are %v, the runbook's sections %v", alerts, sections)
	}
}

// Every section says three things, in this order.
func TestRunbookSections(t *testing.T) {
	text := read(t, "../../docs/runbook.md")
	for i, at := range section.FindAllStringSubmatchIndex(text, -1) {
		end := len(text)
		if next := section.FindAllStringIndex(text, -1); i+1 < len(next) {
			end = next[i+1][0]
		}
		last := 0
		for _, part := range []string{"**Means.**", "**Look.**", "**Do.**"} {
			place := strings.Index(text[at[0]:end], part)
			if place <= last {
				t.Errorf("%s: no %s, or not in its place", text[at[2]:at[3]], part)
			}
			last = place
		}
	}
}

// Every metric that the runbook names is there.
func TestRunbookNamesMetrics(t *testing.T) {
	all := series(t)
	named := 0
	for _, span := range quoted.FindAllStringSubmatch(read(t, "../../docs/runbook.md"), -1) {
		for _, metric := range ours.FindAllString(span[1], -1) {
			if _, ok := all[metric]; !ok {
				t.Errorf("no metric %s", metric)
			}
			named++
		}
	}
	if named < 20 {
		t.Errorf("%d names of metrics were looked at: the search is broken", named)
	}
}

var logged = regexp.MustCompile("(?s)[Ll]og\\s+`([^`]+)`")

// Every log line that the runbook names is one that the source writes.
func TestRunbookNamesLogLines(t *testing.T) {
	source := ownSource(t)
	found := logged.FindAllStringSubmatch(read(t, "../../docs/runbook.md"), -1)
	for _, line := range found {
		if !strings.Contains(source, `"`+line[1]) {
			t.Errorf("nothing logs %q", line[1])
		}
	}
	if len(found) < 15 {
		t.Errorf("%d log lines were looked at: the search is broken", len(found))
	}
}

// ownSource gives the text of the worker's packages, without tests.
func ownSource(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range []string{"cmd/ingest", "mapping", "pipeline", "sink", "telemetry"} {
		err := filepath.WalkDir("../../"+folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				all.WriteString(read(t, path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
