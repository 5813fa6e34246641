//go:build stack && kube

package test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/test/harness"
	"ingest/test/kube"
	"ingest/test/pages"
	"ingest/test/tried"
)

// kubernetesPages are the pages whose commands need a cluster, in an order in which
// each finds what those before it have left.
var kubernetesPages = []struct {
	file string
	all  bool // or only those blocks that say so
}{
	{"deploy.md", true},
	{"../deploy/helm/README.md", true},
	{"runbook.md", true},
	{"telemetry.md", true},
	{"howto/upgrade.md", false},
}

const kubeBin = "../.local/kube"

// TestKubernetes installs the chart on a real API server, whose pods are processes
// of the built worker and work on the stack's servers.
func TestKubernetes(t *testing.T) {
	k := newKubernetes(t)
	t.Run("pages", func(t *testing.T) {
		r := k.begin(t, "helm4")
		for _, page := range kubernetesPages {
			r.tryPage(page.file, page.all)
		}
		r.end()
	})
	t.Run("misfit", k.testMisfit)
	t.Run("values", k.testValues)
}

// kubernetes is a cluster that all its tests share.
type kubernetes struct {
	bin     string
	cluster *kube.Cluster
}

func newKubernetes(t *testing.T) *kubernetes {
	t.Helper()
	bin, err := filepath.Abs(kubeBin)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := kube.Start(t.Context(), kube.Options{Bin: bin, Dir: t.TempDir(), Image: string(executable), Env: servers.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	return &kubernetes{bin, cluster}
}

// release is a folder with the mapping of the example of orders, whose tables and
// records are there, and a shell that reaches the cluster.
type release struct {
	*docShell
	ports *strings.Replacer // local ports of the pages, which may be taken
}

func (k *kubernetes) begin(t *testing.T, helm string) *release {
	t.Helper()
	const folder = "../examples/orders"
	e, err := tried.Folder(folder)
	if err != nil {
		t.Fatal(err)
	}
	file, found := mapping.Parse("mapping.yaml", []byte(e.Mapping))
	if found.Err() != nil {
		t.Fatal(found)
	}
	s := newTopic(t, file.Topics[0].Name)
	s.run(e.CQL)
	s.produceExample(e, &file.Topics[0])
	r := &release{docShell: newShell(t, s, folder, nil)}
	// Helm 4 now and then says this of a watch that it has ended itself.
	r.noise = regexp.MustCompile(`(?m)^E\d{4} .* "Unexpected error when reading response body" err="context canceled"\n`)
	env := []string{"env", "KUBECONFIG=" + k.cluster.Kubeconfig}
	for _, home := range []string{"CONFIG", "CACHE", "DATA"} {
		env = append(env, "HELM_"+home+"_HOME="+t.TempDir())
	}
	r.command("kubectl", append(env, filepath.Join(k.bin, "kubectl")))
	r.command("helm", append(env, filepath.Join(k.bin, helm)))
	r.write(filepath.Join(r.dir, "password"), "a-password")
	charts, err := filepath.Abs("../deploy")
	if err = errors.Join(err, os.Symlink(charts, filepath.Join(r.dir, "deploy"))); err != nil {
		t.Fatal(err)
	}
	var ports []string
	for _, port := range []string{"8080", "6060"} {
		free := harness.FreeAddress(t)
		_, number, _ := strings.Cut(free, ":")
		ports = append(ports, "ingest "+port+" ", "ingest "+number+":"+port+" ", "localhost:"+port, "localhost:"+number)
	}
	r.ports = strings.NewReplacer(ports...)
	return r
}

// tryPage runs a page's blocks, in which the local ports are some that are free.
func (r *release) tryPage(file string, all bool) {
	r.t.Helper()
	blocks, err := pages.Read(filepath.Join("../docs", file))
	if err != nil {
		r.t.Fatal(err)
	}
	tried := 0
	for _, b := range blocks {
		if b.NotRun != "" || !all && b.On != "kubernetes" {
			continue
		}
		tried++
		b.Text = r.ports.Replace(b.Text)
		r.try(b)
	}
	if tried == 0 {
		r.t.Errorf("%s has nothing to run", file)
	}
}

// end leaves nothing of the release.
func (r *release) end() {
	r.t.Helper()
	r.must("helm uninstall orders -n shop --wait")
	r.must("kubectl delete namespace shop --timeout 2m")
}

// in is the same release for a subtest.
func (r *release) in(t *testing.T) *release {
	shell := *r.docShell
	shell.t = t
	return &release{&shell, r.ports}
}

// must runs commands that end with exit code 0, and gives what they print.
func (r *release) must(commands string) string {
	r.t.Helper()
	out, code := r.run(commands)
	if code != 0 {
		r.t.Fatalf("%s\nends with exit code %d:\n%s", commands, code, out)
	}
	return out
}

// eventually runs commands until they print what is wanted.
func (r *release) eventually(commands, want string) {
	r.t.Helper()
	harness.Eventually(r.t, docWait, commands, func() error {
		if out, code := r.run(commands); code != 0 || !pages.Matches(want, out) {
			return fmt.Errorf("exit code %d, and it prints\n%s", code, out)
		}
		return nil
	})
}
