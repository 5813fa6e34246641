package chart

import (
	"os"
	"path/filepath"
	"testing"
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
