package chart

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const chartDir = "../../deploy/helm"

var update = flag.Bool("update", false, "write the golden files, the chart's README and the schema's list of settings anew")

// The commands under test, as TestMain built them.
var helm3, helm4, helmDocs, worker, prometheus string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "chart")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	for _, command := range []struct {
		path              *string
		name, module, pkg string
	}{
		{&helm3, "helm3", ".", "helm.sh/helm/v3/cmd/helm"},
		{&helm4, "helm4", ".", "helm.sh/helm/v4/cmd/helm"},
		{&helmDocs, "helm-docs", ".", "github.com/norwoodj/helm-docs/cmd/helm-docs"},
		{&worker, "ingest", "../..", "./cmd/ingest"},
	} {
		*command.path = filepath.Join(dir, command.name)
		build := exec.Command("go", "build", "-o", *command.path, command.pkg)
		build.Dir, build.Env = command.module, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", command.name, err, out)
			return 1
		}
	}
	if prometheus, err = buildPromtool(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
