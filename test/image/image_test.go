//go:build image

package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	imageName = "ingest-test"
	version   = "1.2.3-test"
)

// hardened is how the chart runs the container.
var hardened = []string{"run", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=512m"}

// The image builds without a network, and is what the Dockerfile promises.
func TestImage(t *testing.T) {
	e := newEngine(t)
	e.importBase(t)
	e.must(t, "build", "--network=none", "--force-rm", "--tag", imageName, "--build-arg", "BUILD_IMAGE="+baseName,
		"--build-arg", "GOPROXY=file://"+proxy, "--build-arg", "VERSION="+version, "--build-arg", "REVISION=abc", "../..")
	t.Run("settings", func(t *testing.T) { checkSettings(t, e) })
	t.Run("content", func(t *testing.T) { checkContent(t, e) })
	t.Run("version", func(t *testing.T) { checkVersion(t, e) })
	t.Run("unset", func(t *testing.T) { checkUnset(t, e) })
	t.Run("worker", func(t *testing.T) { checkWorker(t, e) })
}

func checkSettings(t *testing.T, e *engine) {
	var images []struct {
		Size   int64
		Config struct {
			User            string
			Env, Entrypoint []string
			Labels          map[string]string
		}
	}
	if err := json.Unmarshal([]byte(e.must(t, "inspect", imageName)), &images); err != nil {
		t.Fatal(err)
	}
	config := images[0].Config
	if config.User != "65532:65532" {
		t.Errorf("it runs as %q, which Kubernetes cannot tell from root", config.User)
	}
	if !slices.Contains(config.Env, "INGEST_HTTP_ADDR=:8080") {
		t.Errorf("health is not served on every interface: %v", config.Env)
	}
	for label, want := range map[string]string{"version": version, "revision": "abc", "title": "ingest", "licenses": "Apache-2.0"} {
		if got := config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("the label %s is %q, not %q", label, got, want)
		}
	}
	if most := int64(64 << 20); images[0].Size > most {
		t.Errorf("it has %d bytes, more than %d", images[0].Size, most)
	}
}

// checkContent looks for files that nobody asked for.
func checkContent(t *testing.T, e *engine) {
	id := e.must(t, "create", "--network=none", imageName)
	defer e.must(t, "rm", id)
	cmd := exec.CommandContext(t.Context(), "docker", "export", id)
	cmd.Env = e.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var files []string
	reader := tar.NewReader(out)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg && header.Size > 0 { // the engine adds empty ones to mount on
			files = append(files, header.Name)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	if want := []string{strings.TrimPrefix(authorities, "/"), "ingest"}; !slices.Equal(files, want) {
		t.Errorf("it holds %v, not %v", files, want)
	}
}

func checkVersion(t *testing.T, e *engine) {
	args := append(slices.Clone(hardened), "--rm", "--network=none", imageName, "version")
	if out := e.must(t, args...); !strings.Contains(out, version) {
		t.Errorf("it says %q, not %s", out, version)
	}
}

// checkUnset starts it as it is: it says what to set, and that no restart mends it.
func checkUnset(t *testing.T, e *engine) {
	out, code := e.try(t, append(slices.Clone(hardened), "--rm", "--network=none", imageName)...)
	if code != 78 || !strings.Contains(out, "INGEST_KAFKA_BROKERS") {
		t.Errorf("exit code %d, and:\n%s", code, out)
	}
}

// checkWorker runs it with servers that are away: it lives, is not ready, and ends
// in peace when it is asked to.
func checkWorker(t *testing.T, e *engine) {
	port := freePort(t)
	args := append(slices.Clone(hardened), "--detach", "--network=host", "--volume", mappingFolder(t)+":/etc/ingest/mapping:ro")
	for _, setting := range []string{
		"INGEST_HTTP_ADDR=127.0.0.1:" + port, "INGEST_MAPPING_FILE=/etc/ingest/mapping/mapping.yaml", "INGEST_KAFKA_GROUP_ID=image",
		"INGEST_KAFKA_BROKERS=127.0.0.1:1", "INGEST_SCHEMA_REGISTRY_URLS=http://127.0.0.1:1", "INGEST_CASSANDRA_HOSTS=127.0.0.1:1",
	} {
		args = append(args, "--env", setting)
	}
	id := e.must(t, append(args, imageName)...)
	defer e.must(t, "rm", "--force", id)
	if code := waitFor(t, "http://127.0.0.1:"+port+"/livez"); code != http.StatusOK {
		t.Errorf("/livez answers %d\n%s", code, e.must(t, "logs", id))
	}
	if code := waitFor(t, "http://127.0.0.1:"+port+"/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d", code)
	}
	e.must(t, "stop", "--time=30", id)
	if code := e.must(t, "inspect", "--format", "{{.State.ExitCode}}", id); code != "0" {
		t.Errorf("exit code %s after SIGTERM\n%s", code, e.must(t, "logs", id))
	}
}

// mappingFolder is what a ConfigMap would be mounted as: other users may read it.
func mappingFolder(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/orders/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "mapping")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "mapping.yaml"), text, 0o600), os.Chown(filepath.Join(dir, "mapping.yaml"), 65532, 65532),
		os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// waitFor gives the code of the first answer of an address.
func waitFor(t *testing.T, url string) int {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
			return response.StatusCode
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
