package chart

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
)

// Every object fits the API of the oldest and of the newest Kubernetes, or the
// operator's that it is for.
func TestObjectsFitTheirSchemas(t *testing.T) {
	for _, version := range []string{oldestKubernetes, newestKubernetes} {
		t.Run(version, func(t *testing.T) {
			check := newValidator(t, version)
			for name, args := range cases {
				chart := withFiles(t)
				for _, r := range validate(check, template(t, helm3, chart, version, args...)) {
					if r.Status != validator.Valid && r.Status != validator.Empty {
						t.Errorf("%s: %s: %v", name, r.Resource.Path, r.Err)
					}
				}
			}
		})
	}
}

// The check would notice a field that is not there, and a type that does not fit.
func TestWrongObjectsDoNotFit(t *testing.T) {
	check := newValidator(t, newestKubernetes)
	for _, wrong := range []string{
		"{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {}, replica: 3, template: {}}}",
		"{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {}, replicas: three, template: {}}}",
		"{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: a}, spec: {maxReplicas: 3, triggers: [], scaleTargetRef: {name: a}}}",
		"{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: a}, spec: {selector: {}, podMetricsEndpoints: [{ports: http}]}}",
	} {
		for _, r := range validate(check, []byte(wrong)) {
			if r.Status != validator.Invalid {
				t.Errorf("%s: status %v, %v", wrong, r.Status, r.Err)
			}
		}
	}
}

func validate(check validator.Validator, manifest []byte) []validator.Result {
	return check.Validate("rendered", io.NopCloser(bytes.NewReader(manifest)))
}

func newValidator(t *testing.T, version string) validator.Validator {
	t.Helper()
	dir := t.TempDir()
	writeKubernetesSchemas(t, version, dir, []string{"ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Job", "NetworkPolicy", "Pod",
		"PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"})
	crds := filepath.Join(download(t, keda), "config/crd/bases")
	writeResourceSchema(t, filepath.Join(crds, "keda.sh_scaledobjects.yaml"), dir)
	writeResourceSchema(t, filepath.Join(crds, "keda.sh_triggerauthentications.yaml"), dir)
	crds = filepath.Join(download(t, operator), "example/prometheus-operator-crd")
	for _, kind := range []string{"podmonitors", "servicemonitors", "prometheusrules"} {
		writeResourceSchema(t, filepath.Join(crds, "monitoring.coreos.com_"+kind+".yaml"), dir)
	}
	check, err := validator.New([]string{filepath.Join(dir, "{{ .ResourceKind }}{{ .KindSuffix }}.json")},
		validator.Opts{KubernetesVersion: version[1:], Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return check
}
