package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

const (
	// Prometheus is required by nobody here: its own choice of modules is what it
	// was tested with. Service discovery, most of its code, is left out.
	promtool = "github.com/prometheus/prometheus/cmd/promtool@v0.316.0"
	rules    = chartDir + "/files/rules/ingest.yaml"
	ruleTest = "testdata/rules_test.yaml"
)

// The rules are right in Prometheus's own eyes, each alert fires when it should
// and does not when it should not.
func TestAlerts(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", "--lint-fatal", rules}, {"test", "rules", ruleTest}} {
		if out, err := exec.CommandContext(t.Context(), prometheus, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// Every alert has a test of its name, with series for which it fires and others.
func TestEveryAlertIsTested(t *testing.T) {
	var tests struct {
		Tests []struct {
			Name  string
			Exprs []struct {
				Samples []any `json:"exp_samples"`
			} `json:"promql_expr_test"`
			Series []any `json:"input_series"`
		}
	}
	load(t, ruleTest, &tests)
	var tested []string
	for _, one := range tests.Tests {
		if len(one.Exprs) > 0 && len(one.Exprs[0].Samples) > 0 && len(one.Series) > len(one.Exprs[0].Samples) {
			tested = append(tested, one.Name)
		}
	}
	var file ruleFile
	load(t, rules, &file)
	var alerts []string
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				alerts = append(alerts, rule.Alert)
			}
		}
	}
	slices.Sort(tested)
	slices.Sort(alerts)
	if tested = slices.Compact(tested); !slices.Equal(alerts, tested) {
		t.Errorf("the alerts are %v, those with tests are %v", alerts, tested)
	}
}

// A panel's expressions are PromQL, with something in place of Grafana's variables.
func TestPanelsParse(t *testing.T) {
	files, err := filepath.Glob(chartDir + "/files/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	var rules []rule
	for _, file := range files {
		var dashboard struct {
			Panels []struct {
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal([]byte(readFile(t, file)), &dashboard); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, panel := range dashboard.Panels {
			for _, target := range panel.Targets {
				rules = append(rules, rule{Record: "panel", Expr: os.Expand(target.Expr, grafana)})
			}
		}
	}
	text, err := yaml.Marshal(ruleFile{Groups: []group{{Name: "panels", Rules: rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "panels.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), prometheus, "check", "rules", "--lint=none", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// grafana gives what Grafana could put in for a variable.
func grafana(variable string) string {
	if variable == "__rate_interval" {
		return "5m"
	}
	return ".*"
}

type ruleFile struct {
	Groups []group `json:"groups"`
}

type group struct {
	Name  string `json:"name"`
	Rules []rule `json:"rules"`
}

type rule struct {
	Alert  string `json:"alert,omitempty"`
	Record string `json:"record,omitempty"`
	Expr   string `json:"expr"`
}

func load(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readFile(t, file)), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// buildPromtool installs promtool into dir; the first time takes a minute or more.
func buildPromtool(dir string) (string, error) {
	build := exec.Command("go", "install", "-tags", "remove_all_sd", promtool)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOBIN="+dir)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building promtool: %w\n%s", err, out)
	}
	return filepath.Join(dir, "promtool"), nil
}
