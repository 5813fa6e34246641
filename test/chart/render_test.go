package chart

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// cases are the values that every check of the rendered objects runs over.
var cases = map[string][]string{
	"minimal":           {"-f", chartDir + "/ci/minimal-values.yaml"},
	"full":              {"-f", chartDir + "/ci/full-values.yaml"},
	"strimzi-k8ssandra": {"-f", chartDir + "/values-strimzi-k8ssandra.yaml", "--set-file", "mapping.content=../../examples/orders/mapping.yaml"},
	"managed":           {"-f", chartDir + "/values-managed.yaml", "--set-file", "mapping.content=../../examples/orders/mapping.yaml"},
	"astra client":      {"-f", chartDir + "/values-managed.yaml", "--set", "mapping.existingConfigMap=orders,cassandra.astra.auth.clientIdKey=clientId,kafka.rackFromZone=true"},
	"hpa":               {"-f", chartDir + "/ci/minimal-values.yaml", "--set", "autoscaling.by=hpa"},
	"keda":              {"-f", chartDir + "/values-strimzi-k8ssandra.yaml", "--set", "autoscaling.by=keda,mapping.existingConfigMap=orders"},
	"pod monitor":       {"-f", chartDir + "/ci/minimal-values.yaml", "--set", "metrics.podMonitor.enabled=true,kind=StatefulSet"},
}

// object is a rendered Kubernetes object.
type object map[string]any

func (o object) kind() string { return o["kind"].(string) }

// at walks to a nested object or list; a missing step gives nil.
func (o object) at(path ...string) any {
	var at any = map[string]any(o)
	for _, step := range path {
		m, _ := at.(map[string]any)
		at = m[step]
	}
	return at
}

// template runs helm template, for a Kubernetes version where one matters.
func template(t *testing.T, helm, chart, kube string, args ...string) []byte {
	t.Helper()
	out, err := tryTemplate(t, helm, chart, kube, args...)
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, out)
	}
	return out
}

func tryTemplate(t *testing.T, helm, chart, kube string, args ...string) ([]byte, error) {
	t.Helper()
	args = append([]string{"template", "orders", chart, "--namespace", "shop", "--kube-version", kube}, args...)
	cmd := exec.CommandContext(t.Context(), helm, args...)
	cmd.Env = append(os.Environ(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_CACHE_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stderr.Bytes(), err
	}
	return stdout.Bytes(), nil
}

// render gives the objects of a case.
func render(t *testing.T, args ...string) []object {
	t.Helper()
	return objects(t, template(t, helm3, chartDir, newestKubernetes, args...))
}

func objects(t *testing.T, manifest []byte) []object {
	t.Helper()
	var out []object
	for document := range strings.SplitSeq("\n"+string(manifest), "\n---\n") {
		var o object
		if err := yaml.UnmarshalStrict([]byte(document+"\n"), &o); err != nil {
			t.Fatalf("%v in:\n%s", err, document)
		}
		if o != nil {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		t.Fatal("nothing was rendered")
	}
	return out
}

// find gives the only object of a kind.
func find(t *testing.T, all []object, kind string) object {
	t.Helper()
	found := only(all, kind)
	if len(found) != 1 {
		t.Fatalf("%d objects of kind %s, not one", len(found), kind)
	}
	return found[0]
}

func only(all []object, kind string) []object {
	var out []object
	for _, o := range all {
		if o.kind() == kind {
			out = append(out, o)
		}
	}
	return out
}

// copyChart copies the chart, to add files to it.
func copyChart(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ingest")
	if err := os.CopyFS(dir, os.DirFS(chartDir)); err != nil {
		t.Fatal(err)
	}
	return dir
}
