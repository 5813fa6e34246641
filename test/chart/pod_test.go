package chart

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// pods gives the specification of every pod that the objects lead to, by the kind
// of its object.
func pods(t *testing.T, all []object) map[string]corev1.PodSpec {
	t.Helper()
	out := map[string]corev1.PodSpec{}
	for _, o := range all {
		var spec any
		switch o.kind() {
		case "Pod":
			spec = o.at("spec")
		case "Deployment", "StatefulSet", "Job":
			spec = o.at("spec", "template", "spec")
		default:
			continue
		}
		text, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		var pod corev1.PodSpec
		if err := json.Unmarshal(text, &pod); err != nil {
			t.Fatal(err)
		}
		out[o.kind()] = pod
	}
	if len(out) != 3 {
		t.Fatalf("%d kinds of pods: the worker's, the hook's and the test's are three", len(out))
	}
	return out
}

// Every pod passes the restricted pod security standard, of the newest version.
func TestPodsAreRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	refused := func(pod corev1.PodSpec) string {
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &metav1.ObjectMeta{}, &pod))
		return result.ForbiddenDetail()
	}
	if refused(corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}) == "" {
		t.Error("a pod without any settings passes: the check is broken")
	}
	for name, args := range cases {
		for kind, pod := range pods(t, render(t, args...)) {
			if why := refused(pod); why != "" {
				t.Errorf("%s: the pod of the %s is refused: %s", name, kind, why)
			}
		}
	}
}

// What the restricted standard does not ask for.
func TestPodsAreHardened(t *testing.T) {
	for name, args := range cases {
		for kind, pod := range pods(t, render(t, args...)) {
			if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
				t.Errorf("%s: the pod of the %s gets a token", name, kind)
			}
			if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
				t.Errorf("%s: the pod of the %s gets a variable for each service", name, kind)
			}
			for _, c := range pod.Containers {
				if s := c.SecurityContext; s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
					t.Errorf("%s: container %s of the %s may write to its image", name, c.Name, kind)
				}
				if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Memory().IsZero() {
					t.Errorf("%s: container %s of the %s has no memory limit or request", name, c.Name, kind)
				}
			}
		}
	}
}
