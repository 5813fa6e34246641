package chart

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func env(pod corev1.PodSpec, name string) string {
	for _, e := range pod.Containers[0].Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

// A pod is killed only after its worker has given up by itself.
func TestGraceIsLongerThanTheShutdown(t *testing.T) {
	for name, args := range cases {
		for _, kind := range []string{"Deployment", "StatefulSet"} {
			pod, ok := pods(t, render(t, args...))[kind]
			if !ok {
				continue
			}
			shutdown, err := time.ParseDuration(env(pod, "INGEST_SHUTDOWN_TIMEOUT"))
			if err != nil {
				t.Fatal(err)
			}
			if grace := time.Duration(*pod.TerminationGracePeriodSeconds) * time.Second; grace < shutdown+10*time.Second {
				t.Errorf("%s: %s of grace for a shutdown of %s", name, grace, shutdown)
			}
		}
	}
}

// The Go runtime's limit leaves a tenth of the container's.
func TestMemoryLimitOfTheRuntime(t *testing.T) {
	for _, tc := range []struct{ limit, want string }{
		{"512Mi", "483183820"}, {"1.5Gi", "1449551462"}, {"1G", "900000000"}, {"1000000", "900000"},
	} {
		args := append(cases["minimal"], "--set", "resources.limits.memory="+tc.limit)
		if got := env(pods(t, render(t, args...))["Deployment"], "GOMEMLIMIT"); got != tc.want {
			t.Errorf("%s gives %s, not %s", tc.limit, got, tc.want)
		}
	}
	args := append(cases["minimal"], "--set", "resources.limits=null")
	if got := env(pods(t, render(t, args...))["Deployment"], "GOMEMLIMIT"); got != "" {
		t.Errorf("without a limit it is %s", got)
	}
}

// What scales the workload owns the number of pods; only one thing does.
func TestReplicasAreLeftToTheScaler(t *testing.T) {
	for _, tc := range []struct{ name, scaler string }{{"minimal", ""}, {"hpa", "HorizontalPodAutoscaler"}, {"keda", "ScaledObject"}} {
		all := render(t, cases[tc.name]...)
		if replicas := find(t, all, "Deployment").at("spec", "replicas"); (replicas != nil) != (tc.scaler == "") {
			t.Errorf("%s: replicas are %v", tc.name, replicas)
		}
		for _, kind := range []string{"HorizontalPodAutoscaler", "ScaledObject"} {
			if got := len(only(all, kind)); (got == 1) != (kind == tc.scaler) {
				t.Errorf("%s: %d objects of kind %s", tc.name, got, kind)
			}
		}
	}
}

// A changed mapping is another ConfigMap and another pod template; the old pods
// keep theirs.
func TestMappingRollsThePods(t *testing.T) {
	one := render(t, append(cases["minimal"], "--set", "mapping.content=a: 1")...)
	two := render(t, append(cases["minimal"], "--set", "mapping.content=a: 2")...)
	checksum := func(all []object) any {
		return find(t, all, "Deployment").at("spec", "template", "metadata", "annotations", "checksum/mapping")
	}
	if checksum(one) == nil || checksum(one) == checksum(two) {
		t.Errorf("the checksums are %v and %v", checksum(one), checksum(two))
	}
	volume := func(all []object) string { return pods(t, all)["Deployment"].Volumes[0].ConfigMap.Name }
	if volume(one) == volume(two) {
		t.Errorf("both mappings are in %s", volume(one))
	}
	for _, o := range only(one, "ConfigMap") {
		if o.at("metadata", "name") == volume(one) && o["immutable"] != true {
			t.Error("the ConfigMap may be changed under its pods")
		}
	}
}

// The hook comes first, has a copy of the mapping, and needs nothing that the
// release is about to make.
func TestHookStandsAlone(t *testing.T) {
	all := render(t, cases["full"]...)
	job := find(t, all, "Job")
	if got := job.at("metadata", "annotations", "helm.sh/hook"); got != "pre-install,pre-upgrade" {
		t.Errorf("the Job is a hook for %v", got)
	}
	pod := pods(t, all)["Job"]
	if got := pod.ServiceAccountName; got != "default" {
		t.Errorf("it runs as %s, which may not be there yet", got)
	}
	for _, o := range only(all, "ConfigMap") {
		if o.at("metadata", "name") == pod.Volumes[0].ConfigMap.Name {
			if o.at("metadata", "annotations", "helm.sh/hook-weight") != "-10" {
				t.Error("its ConfigMap does not come before it")
			}
			return
		}
	}
	t.Errorf("no ConfigMap %s", pod.Volumes[0].ConfigMap.Name)
}

// No selector of the workers' objects matches the pods of the hook and the test.
func TestSelectorsMatchOnlyWorkers(t *testing.T) {
	all := render(t, cases["full"]...)
	selector := find(t, all, "StatefulSet").at("spec", "selector", "matchLabels").(map[string]any)
	matches := func(labels any) bool {
		m, _ := labels.(map[string]any)
		for k, v := range selector {
			if m[k] != v {
				return false
			}
		}
		return true
	}
	if !matches(find(t, all, "StatefulSet").at("spec", "template", "metadata", "labels")) {
		t.Error("the selector does not match the worker's own pods")
	}
	if matches(find(t, all, "Job").at("spec", "template", "metadata", "labels")) || matches(find(t, all, "Pod").at("metadata", "labels")) {
		t.Error("the selector matches a pod of the hook or the test")
	}
}

// Static members have the names of their pods.
func TestStaticMembers(t *testing.T) {
	for name, want := range map[string]bool{"minimal": false, "full": true} {
		all := pods(t, render(t, cases[name]...))
		pod := all["Deployment"]
		if want {
			pod = all["StatefulSet"]
		}
		found := false
		for _, e := range pod.Containers[0].Env {
			found = found || e.Name == "INGEST_KAFKA_INSTANCE_ID" && e.ValueFrom.FieldRef.FieldPath == "metadata.name"
		}
		if found != want {
			t.Errorf("%s: an instance id: %v", name, found)
		}
	}
}

// The rack is what the values say, or the zone of each pod's node.
func TestRack(t *testing.T) {
	for name, want := range map[string]string{"minimal": "", "full": "zone-a", "astra client": "metadata.labels['topology.kubernetes.io/zone']"} {
		for kind, pod := range pods(t, render(t, cases[name]...)) {
			got := ""
			for _, e := range pod.Containers[0].Env {
				if e.Name == "INGEST_KAFKA_RACK" {
					if got = e.Value; e.ValueFrom != nil {
						got = e.ValueFrom.FieldRef.FieldPath
					}
				}
			}
			if got != want {
				t.Errorf("%s: the rack of the %s is %q, want %q", name, kind, got, want)
			}
		}
	}
}

// A bundle is all that says where the cluster is, and the network policy lets its
// servers through.
func TestBundle(t *testing.T) {
	for name, secret := range map[string]string{"managed": "INGEST_CASSANDRA_ASTRA_TOKEN_FILE", "astra client": "INGEST_CASSANDRA_ASTRA_CLIENT_SECRET_FILE"} {
		all := render(t, cases[name]...)
		pod := pods(t, all)["Deployment"]
		if env(pod, "INGEST_CASSANDRA_ASTRA_BUNDLE_FILE") == "" || env(pod, secret) == "" || env(pod, "INGEST_CASSANDRA_HOSTS") != "" {
			t.Errorf("%s: the environment is %v", name, pod.Containers[0].Env)
		}
		var open []any
		for _, rule := range find(t, all, "NetworkPolicy").at("spec", "egress").([]any) {
			for _, port := range object(rule.(map[string]any)).at("ports").([]any) {
				open = append(open, port.(map[string]any)["port"])
			}
		}
		if text := fmt.Sprint(open); !strings.Contains(text, "29080") || !strings.Contains(text, "29042") {
			t.Errorf("%s: open are %s", name, text)
		}
	}
}

// A release with the same values is the same text: a GitOps tool renders it often.
func TestRenderingIsStable(t *testing.T) {
	for name, args := range cases {
		once, again := template(t, helm3, chartDir, newestKubernetes, args...), template(t, helm3, chartDir, newestKubernetes, args...)
		if !bytes.Equal(once, again) {
			t.Errorf("%s: two renderings differ", name)
		}
	}
}

// A probe asks for what the worker serves.
func TestProbesAskForWhatIsServed(t *testing.T) {
	source := readFile(t, "../../telemetry/server.go")
	c := pods(t, render(t, cases["minimal"]...))["Deployment"].Containers[0]
	for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		if !strings.Contains(source, `"GET `+probe.HTTPGet.Path+`"`) {
			t.Errorf("nothing serves %s", probe.HTTPGet.Path)
		}
	}
}
