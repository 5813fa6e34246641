package chart

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// settingNames lists what the built worker can be set with.
func settingNames(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), worker, "config", "--json")
	cmd.Env = []string{"PATH=/nowhere"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ingest config: %v\n%s", err, out)
	}
	var settings []struct{ Name string }
	if err := json.Unmarshal(out, &settings); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range settings {
		names = append(names, s.Name)
	}
	if len(names) < 30 {
		t.Fatalf("the worker names only %d settings", len(names))
	}
	return names
}

// The worker itself takes the environment that each pod gets: no name that it does
// not know, no value that it refuses.
func TestWorkerTakesTheEnvironment(t *testing.T) {
	for name, args := range cases {
		for kind, pod := range pods(t, render(t, args...)) {
			if out, err := askWorker(t, environment(t, pod)); err != nil {
				t.Errorf("%s: the worker refuses the environment of the %s: %v\n%s", name, kind, err, out)
			}
		}
	}
}

// It would refuse one that is wrong.
func TestWorkerRefusesAWrongEnvironment(t *testing.T) {
	pod := pods(t, render(t, cases["minimal"]...))["Deployment"]
	for _, wrong := range []string{"INGEST_BATCH_ROW=30", "INGEST_SHUTDOWN_TIMEOUT=25"} {
		if out, err := askWorker(t, append(environment(t, pod), wrong)); err == nil {
			t.Errorf("the worker takes %s:\n%s", wrong, out)
		}
	}
}

func askWorker(t *testing.T, environment []string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), worker, "config")
	cmd.Env = environment
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// environment is what a container sees, with its mounts in a folder of this test.
func environment(t *testing.T, pod corev1.PodSpec) []string {
	t.Helper()
	root := mountAll(t, pod)
	var out []string
	for _, e := range pod.Containers[0].Env {
		value := e.Value
		if e.ValueFrom != nil {
			value = "from-elsewhere"
		}
		out = append(out, e.Name+"="+strings.ReplaceAll(value, "/etc/ingest/", root+"/"))
	}
	return out
}

// mountAll writes the files that a pod mounts under /etc/ingest, and fails for a
// mount without its volume.
func mountAll(t *testing.T, pod corev1.PodSpec) string {
	t.Helper()
	root := t.TempDir()
	certificate, key := newCertificate(t)
	for _, m := range pod.Containers[0].VolumeMounts {
		i := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if i < 0 {
			t.Fatalf("no volume %s", m.Name)
		}
		dir := filepath.Join(root, strings.TrimPrefix(m.MountPath, "/etc/ingest/"))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, item := range items(pod.Volumes[i]) {
			content := []byte("content")
			switch filepath.Ext(item.Path) {
			case ".crt":
				content = certificate
			case ".key":
				content = key
			case ".zip":
				content = newBundle(t, certificate, key)
			}
			if err := os.WriteFile(filepath.Join(dir, item.Path), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func items(v corev1.Volume) []corev1.KeyToPath {
	switch {
	case v.Secret != nil:
		return v.Secret.Items
	case v.ConfigMap != nil:
		return v.ConfigMap.Items
	}
	return nil
}

// Each setting can be given by a value of the chart, in one place only: those with
// a value of their own are not in the list of `settings`, all others are.
func TestSchemaKnowsTheSettings(t *testing.T) {
	var own []string
	for _, name := range []string{"full", "managed", "astra client"} {
		all := pods(t, render(t, append(slices.Clone(cases[name]), "--set", "settings=null,extraEnv=null")...))
		for _, kind := range []string{"StatefulSet", "Deployment"} {
			pod, ok := all[kind]
			if !ok {
				continue
			}
			for _, e := range pod.Containers[0].Env {
				own = append(own, strings.TrimSuffix(e.Name, "_FILE"), e.Name)
			}
		}
	}
	var names []string
	for _, name := range settingNames(t) {
		if !slices.Contains(own, name) {
			names = append(names, `      "`+name+`"`)
		}
	}
	const file = chartDir + "/values.schema.json"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?s)("settingName": \{"enum": \[\n).*?(\n    \]\})`)
	want := list.ReplaceAllString(string(text), "${1}"+strings.Join(names, ",\n")+"${2}")
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !list.Match(text) || want != string(text) {
		t.Error("values.schema.json does not list the worker's settings: go test -update")
	}
}
