// Package house holds the code against the rules of who may import whom, which
// stand in .golangci.yml for linters and editors.
package house

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"
)

// rule is one of depguard's rules, in its lax mode: what a deny names is
// refused, unless an allow names it more closely.
type rule struct {
	Files []string `yaml:"files"`
	Allow []string `yaml:"allow"`
	Deny  []struct {
		Pkg  string `yaml:"pkg"`
		Desc string `yaml:"desc"`
	} `yaml:"deny"`
}

// refuses gives the reason why an import is refused, "" when it is not.
func (r *rule) refuses(imported string) string {
	longest, reason := -1, ""
	for _, d := range r.Deny {
		if under(imported, d.Pkg) && len(d.Pkg) > longest {
			longest, reason = len(d.Pkg), d.Desc
		}
	}
	for _, a := range r.Allow {
		if under(imported, a) && len(a) > longest {
			return ""
		}
	}
	return reason
}

func under(pkg, prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }

// covers reports whether the rule is about the folder of a package of ours.
func (r *rule) covers(folder string) bool {
	for _, f := range r.Files {
		if path.Dir(strings.TrimPrefix(f, "**/")) == folder {
			return true
		}
	}
	return false
}

func TestImportsGoOneWay(t *testing.T) {
	rules := readRules(t)
	covered := map[string]bool{}
	for _, pkg := range listPackages(t) {
		folder := strings.TrimPrefix(pkg.ImportPath, "ingest/")
		for name, r := range rules {
			if !r.covers(folder) {
				continue
			}
			covered[name] = true
			for _, imported := range pkg.Imports {
				if reason := r.refuses(imported); reason != "" {
					t.Errorf("%s imports %s: %s", folder, imported, reason)
				}
			}
		}
	}
	for name := range rules {
		if !covered[name] {
			t.Errorf("rule %q is about no package", name)
		}
	}
}

func TestRulesRefuse(t *testing.T) {
	rules := readRules(t)
	for _, tc := range []struct{ rule, imported string }{
		{"retry", "ingest/mapping"},
		{"mapping", "ingest/sink"},
		{"mapping", "github.com/gocql/gocql"},
		{"pipeline", "ingest/sink"},
		{"pipeline", "ingest/mapping/registry"},
		{"sink", "ingest/mapping/avro"},
		{"stack", "ingest/pipeline"},
	} {
		if r := rules[tc.rule]; r.refuses(tc.imported) == "" {
			t.Errorf("rule %q lets %s pass", tc.rule, tc.imported)
		}
	}
}

func readRules(t *testing.T) map[string]rule {
	t.Helper()
	text, err := os.ReadFile("../../.golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]rule `yaml:"rules"`
				} `yaml:"depguard"`
			} `yaml:"settings"`
		} `yaml:"linters"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Linters.Settings.Depguard.Rules
}

type listed struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags=stack", "-json=ImportPath,Imports", "ingest/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
