package chart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const (
	someRules = `groups:
  - name: ingest
    rules:
      - alert: IngestStalled
        expr: ingest_lag > 0
        annotations:
          summary: '{{ $labels.topic }} is stalled'
`
	someDashboard = "{\"title\": \"{{topic}}\"}\n"
)

// withFiles gives a copy of the chart that has rules and a dashboard of its own.
func withFiles(t *testing.T) string {
	t.Helper()
	chart := copyChart(t)
	for name, text := range map[string]string{"files/rules/some.yaml": someRules, "files/dashboards/some.json": someDashboard} {
		path := filepath.Join(chart, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return chart
}

// Rules and dashboards are installed as they are: their own braces are not Helm's.
func TestFilesAreNotTemplates(t *testing.T) {
	all := objects(t, template(t, helm3, withFiles(t), newestKubernetes, cases["full"]...))
	rules := 0
	for _, o := range only(all, "PrometheusRule") {
		if o.at("metadata", "name") != "orders-some" {
			continue
		}
		rules++
		groups := o.at("spec", "groups").([]any)
		rule := groups[0].(map[string]any)["rules"].([]any)[0].(map[string]any)
		if got := object(rule).at("annotations", "summary"); got != "{{ $labels.topic }} is stalled" {
			t.Errorf("the rule's summary became %q", got)
		}
		if got := o.at("metadata", "labels", "release"); got != "prometheus" {
			t.Errorf("the rule's label is %v", got)
		}
	}
	dashboards := 0
	for _, o := range only(all, "ConfigMap") {
		if o.at("metadata", "name") != "orders-dashboard-some" {
			continue
		}
		dashboards++
		if got := o.at("data", "some.json"); got != someDashboard {
			t.Errorf("the dashboard became %q", got)
		}
		if got := o.at("metadata", "labels", "grafana_dashboard"); got != "1" {
			t.Errorf("the dashboard's label is %v", got)
		}
	}
	if rules != 1 || dashboards != 1 {
		t.Errorf("%d rules and %d dashboards, not one each", rules, dashboards)
	}
}

// The chart's own rules and dashboard are installed, and the alerts link to where
// the runbook is.
func TestOwnFilesAreInstalled(t *testing.T) {
	all := render(t, cases["full"]...)
	spec, err := yaml.Marshal(find(t, all, "PrometheusRule").at("spec"))
	if err != nil {
		t.Fatal(err)
	}
	alerts := strings.Count(string(spec), "alert: Ingest")
	if links := strings.Count(string(spec), "runbook_url: https://wiki.example/ingest/runbook#ingest"); alerts < 20 || links != alerts {
		t.Errorf("%d alerts with %d links to the runbook", alerts, links)
	}
	for _, o := range only(all, "ConfigMap") {
		if text, ok := o.at("data", "ingest.json").(string); ok {
			if text != readFile(t, chartDir+"/files/dashboards/ingest.json") {
				t.Error("the dashboard is not as it is in the chart")
			}
			return
		}
	}
	t.Error("no dashboard")
}
