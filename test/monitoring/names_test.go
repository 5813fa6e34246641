package monitoring

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// question is an expression and the labels that its reader is shown.
type question struct {
	where, expr string
	shown       []string
}

var (
	legend   = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
	ofAlert  = regexp.MustCompile(`\$labels\.(\w+)`)
	ofValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)
)

// Every metric that a panel, a variable or a rule names is one that the worker
// exposes; so is every label, and every word that a label is compared with.
func TestNamesAreThere(t *testing.T) {
	all := series(t)
	file := readRules(t)
	recorded := map[string]bool{}
	for _, r := range file.all() {
		if r.Record != "" {
			recorded[r.Record] = true
		}
	}
	named := 0
	for _, q := range slices.Concat(ofRules(file), ofPanels(readDashboard(t))) {
		named += q.check(t, all, recorded)
	}
	if named < 80 {
		t.Errorf("%d names of metrics were looked at: the search is broken", named)
	}
}

// The check would notice what is not there.
func TestWrongNamesAreNoticed(t *testing.T) {
	all := series(t)
	for _, expr := range []string{
		`rate(ingest_recods_total[5m])`, `ingest_lag{outcome="written"}`, `ingest_records_total{outcome=~"written|lost"}`,
		`sum by (reason) (ingest_lag)`, `ingest_freshness_seconds > 1`, `ingest_lag unless on (grop) ingest_lag`,
	} {
		if faults, _ := faults(expr, all, nil); len(faults) == 0 {
			t.Errorf("nothing is wrong with %s", expr)
		}
	}
}

func (q question) check(t *testing.T, all map[string]known, recorded map[string]bool) int {
	t.Helper()
	faults, e := faults(q.expr, all, recorded)
	for _, fault := range faults {
		t.Errorf("%s: %s", q.where, fault)
	}
	for _, label := range q.shown {
		if !slices.Contains(e.kept, label) && !slices.Contains(targetLabels(), label) && !e.keepsAll(recorded) {
			t.Errorf("%s shows the label %s, which %s does not keep", q.where, label, q.expr)
		}
	}
	return len(e.metrics)
}

// keepsAll reports whether the labels are those of a recorded series, or of an alert's.
func (e expression) keepsAll(recorded map[string]bool) bool {
	return slices.ContainsFunc(e.metrics, func(name string) bool { return recorded[name] })
}

// faults gives what an expression names that is not there.
func faults(expr string, all map[string]known, recorded map[string]bool) ([]string, expression) {
	var out []string
	e := parse(expr)
	labels := known{}
	for _, name := range e.metrics {
		if _, ok := all[name]; !ok && !recorded[name] {
			out = append(out, "no metric "+name)
		}
		maps.Copy(labels, all[name])
	}
	for _, m := range e.matchers {
		fixed, ok := all[m.metric][m.label]
		if !ok && !slices.Contains(targetLabels(), m.label) {
			out = append(out, m.metric+" has no label "+m.label)
		}
		for value := range strings.SplitSeq(m.value, "|") {
			if fixed != nil && value != "" && !strings.HasPrefix(value, "$") && !slices.Contains(fixed, value) {
				out = append(out, m.metric+": "+m.label+" is never "+value)
			}
		}
	}
	for _, label := range e.kept {
		if _, ok := labels[label]; !ok && !slices.Contains(targetLabels(), label) {
			out = append(out, "none of its metrics has the label "+label)
		}
	}
	return out, e
}

func ofRules(file ruleFile) []question {
	var out []question
	for _, r := range file.all() {
		q := question{where: r.Alert + r.Record, expr: r.Expr}
		for _, found := range ofAlert.FindAllStringSubmatch(r.Annotations["summary"]+r.Annotations["description"], -1) {
			q.shown = append(q.shown, found[1])
		}
		out = append(out, q)
	}
	return out
}

func ofPanels(d board) []question {
	var out []question
	for _, p := range d.Panels {
		for _, one := range p.Targets {
			q := question{where: "panel " + p.Title, expr: one.Expr}
			for _, found := range legend.FindAllStringSubmatch(one.LegendFormat, -1) {
				q.shown = append(q.shown, found[1])
			}
			out = append(out, q)
		}
	}
	for _, v := range d.Templating.List {
		if found := ofValues.FindStringSubmatch(v.Definition); found != nil {
			out = append(out, question{where: "variable " + v.Name, expr: "group by (" + found[2] + ") (" + found[1] + ")"})
		} else if text, ok := strings.CutPrefix(v.Definition, "query_result("); ok {
			out = append(out, question{where: "variable " + v.Name, expr: strings.TrimSuffix(text, ")")})
		}
	}
	return out
}
