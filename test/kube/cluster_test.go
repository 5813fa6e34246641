//go:build kube

package kube

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A pod is taken by the node, and its program's end is its own: without a worker's
// settings it ends with an error, and its log says why.
func TestClusterRunsAPod(t *testing.T) {
	bin, err := filepath.Abs("../../.local/kube")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(t.Context(), Options{Bin: bin, Dir: t.TempDir(), Image: "/bin/echo"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	kubectl := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "kubectl"), append([]string{"--kubeconfig", c.Kubeconfig}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("kubectl %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=60s")
	kubectl("run", "one", "--image=any", "--restart=Never", "--", "a line")
	kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/one", "--timeout=60s")
	if said := kubectl("logs", "one"); strings.TrimSpace(said) != "a line" {
		t.Errorf("the log is %q", said)
	}
	kubectl("delete", "pod", "one", "--timeout=60s")
}
