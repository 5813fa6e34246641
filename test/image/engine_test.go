//go:build image

package image

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// engine is a Docker daemon to talk to.
type engine struct{ env []string }

// newEngine gives the daemon that answers already, or starts one for this test.
func newEngine(t *testing.T) *engine {
	t.Helper()
	e := &engine{env: append(os.Environ(), "DOCKER_BUILDKIT=0")}
	if e.answers(t.Context()) {
		return e
	}
	daemon, err := exec.LookPath("dockerd")
	if err != nil || os.Geteuid() != 0 {
		t.Fatal("no container engine answers. help: start Docker, or install dockerd (Debian: docker.io) and run this test as root")
	}
	dir, err := os.MkdirTemp("", "engine") // a short path: a socket's is limited
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	e.env = append(e.env, "DOCKER_HOST=unix://"+dir+"/s", "DOCKER_CONFIG="+dir)
	e.start(t, daemon, dir)
	return e
}

// start runs a daemon without a network of its own until the test ends.
func (e *engine) start(t *testing.T, daemon, dir string) {
	t.Helper()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(daemon, "--bridge=none", "--iptables=false", "--ip6tables=false", "--data-root", dir+"/data",
		"--exec-root", dir+"/exec", "--pidfile", dir+"/pid", "--host", "unix://"+dir+"/s")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err == nil {
			<-ended
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !e.answers(ctx) {
		select {
		case err := <-ended:
			ended <- err
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("dockerd ended: %v\n%s", err, text)
		case <-ctx.Done():
			t.Fatal("dockerd does not answer")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (e *engine) answers(ctx context.Context) bool {
	cmd := exec.CommandContext(ctx, "docker", "version")
	cmd.Env = e.env
	return cmd.Run() == nil
}

// try runs a docker command and gives what it printed and its exit code.
func (e *engine) try(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "docker", args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = e.env, &out, &out
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatalf("docker %s: %v", args[0], err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// must runs a docker command that has to succeed.
func (e *engine) must(t *testing.T, args ...string) string {
	t.Helper()
	out, code := e.try(t, args...)
	if code != 0 {
		t.Fatalf("docker %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return strings.TrimSpace(out)
}
