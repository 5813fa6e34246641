//go:build stack && kube

package test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The operators whose objects the chart makes; their resource definitions are all
// that is installed of them.
const (
	kedaModule     = "github.com/kedacore/keda/v2@v2.21.0"
	operatorModule = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
)

// testValues gives what the presets and the values of the tests render to the API
// server: with every object that the chart knows, and with fewer again.
func (k *kubernetes) testValues(t *testing.T) {
	r := k.begin(t, "helm4")
	r.must("kubectl create namespace values && kubectl label namespace values pod-security.kubernetes.io/enforce=restricted")
	r.must("kubectl create priorityclass ingest --value=1000")
	r.must("kubectl apply --server-side -f " + moduleFolder(t, kedaModule) + "/config/crd/bases/")
	r.must("kubectl apply --server-side -f " + moduleFolder(t, operatorModule) + "/example/prometheus-operator-crd/")
	r.eventually("kubectl get crd podmonitors.monitoring.coreos.com scaledobjects.keda.sh -o jsonpath='{.items[*].status.conditions[*].status}'", "True True True True")
	t.Run("admission", func(t *testing.T) { r.in(t).testAdmission(t) })
	t.Run("server-side apply", func(t *testing.T) { r.in(t).testServerSideApply(t) })
	t.Run("on and off", func(t *testing.T) { r.in(t).testOnAndOff() })
}

// A pod that does not keep to the restricted standard is refused there: the label
// holds, and the chart's pods do keep to it.
func (r *release) testAdmission(t *testing.T) {
	out, code := r.run("kubectl -n values run bare --image=registry.example/bare")
	if code == 0 || !strings.Contains(out, `violates PodSecurity "restricted:latest"`) {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// Every preset is taken as one server-side apply, without a word of warning; the
// pod of helm test, which needs the release's account first, is run by the pages.
func (r *release) testServerSideApply(t *testing.T) {
	for name, args := range map[string]string{
		"minimal": "-f deploy/helm/ci/minimal-values.yaml",
		"full":    "-f deploy/helm/ci/full-values.yaml",
		"strimzi": "-f deploy/helm/values-strimzi-k8ssandra.yaml --set-file mapping.content=mapping.yaml",
		"managed": "-f deploy/helm/values-managed.yaml --set-file mapping.content=mapping.yaml",
		"hpa":     "-f deploy/helm/ci/minimal-values.yaml --set autoscaling.by=hpa,kind=StatefulSet,networkPolicy.enabled=true",
	} {
		out := r.must("helm template " + name + " deploy/helm -n values --skip-tests " + args +
			" | kubectl -n values apply --server-side --validate=strict --dry-run=server -f -")
		for line := range strings.Lines(out) {
			if !strings.HasSuffix(line, " serverside-applied (server dry run)\n") {
				t.Errorf("%s: %s", name, line)
			}
		}
		if strings.Count(out, "\n") < 6 {
			t.Errorf("%s gives only\n%s", name, out)
		}
	}
}

// All objects are installed at once, and those that values turn off are removed by
// an upgrade, which leaves the number of pods to what scales them.
func (r *release) testOnAndOff() {
	r.must("helm install orders deploy/helm -n values -f deploy/helm/ci/full-values.yaml --no-hooks")
	const list = "kubectl -n values get scaledobjects,triggerauthentications,servicemonitors,prometheusrules,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers" +
		" -o jsonpath='{range .items[*]}{.kind}{\"\\n\"}{end}' | sort"
	r.eventually(list, "NetworkPolicy\nPodDisruptionBudget\nPrometheusRule\nScaledObject\nServiceMonitor\nTriggerAuthentication\n")
	r.must("kubectl -n values scale statefulset/orders --replicas 5")
	r.must("helm upgrade orders deploy/helm -n values -f deploy/helm/ci/full-values.yaml --no-hooks" +
		" --set autoscaling.by=hpa,metrics.serviceMonitor.enabled=false,metrics.prometheusRule.enabled=false,networkPolicy.enabled=false")
	r.eventually(list, "HorizontalPodAutoscaler\nPodDisruptionBudget\n")
	r.eventually("kubectl -n values get statefulset orders -o jsonpath={.spec.replicas}", "5")
	r.must("helm uninstall orders -n values --no-hooks")
}

// moduleFolder gives the source of a module.
func moduleFolder(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", module, err)
	}
	var answer struct{ Dir string }
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	return filepath.Clean(answer.Dir)
}
