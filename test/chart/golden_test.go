package chart

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
)

// The presets give what testdata says, and the same under Helm 3 and Helm 4.
func TestGolden(t *testing.T) {
	for _, name := range []string{"strimzi-k8ssandra", "managed", "full"} {
		t.Run(name, func(t *testing.T) {
			got := template(t, helm3, withoutFiles(t), newestKubernetes, cases[name]...)
			golden := filepath.Join("testdata", name+".yaml")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is not what is rendered (%v): go test -update, and look at the difference", golden, err)
			}
		})
	}
}

// withoutFiles gives a copy of the chart that has no rules and no dashboard: they
// have their own tests, and would be most of the text.
func withoutFiles(t *testing.T) string {
	t.Helper()
	chart := copyChart(t)
	if err := os.RemoveAll(filepath.Join(chart, "files")); err != nil {
		t.Fatal(err)
	}
	return chart
}

func TestHelm3And4RenderTheSame(t *testing.T) {
	for name, args := range cases {
		three := objects(t, template(t, helm3, chartDir, newestKubernetes, args...))
		four := objects(t, template(t, helm4, chartDir, newestKubernetes, args...))
		if !reflect.DeepEqual(three, four) { // the texts differ in blank lines
			t.Errorf("%s: Helm 4 renders something else than Helm 3:\n%v", name, four)
		}
	}
}

func TestLint(t *testing.T) {
	for _, helm := range []string{helm3, helm4} {
		for name, args := range cases {
			args = append([]string{"lint", "--strict", "--kube-version", newestKubernetes, chartDir}, args...)
			if out, err := exec.CommandContext(t.Context(), helm, args...).CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v\n%s", filepath.Base(helm), name, err, out)
			}
		}
	}
}
