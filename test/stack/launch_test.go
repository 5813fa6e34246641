package stack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// emptyStack is a stack without a server of its own.
func emptyStack(t *testing.T) *Stack {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, logsName), 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := tryLock(filepath.Join(dir, lockName))
	if err != nil || lock == nil {
		t.Fatal(err)
	}
	return &Stack{
		Dir: dir, folder: &folder{dir: dir, lock: lock}, spawner: newSpawner(), say: func(string) {},
		failed: make(chan error, 1), options: Options{StartTimeout: time.Minute}, uncancel: func() bool { return true },
	}
}

func TestLaunchedServerEndsWithTheStack(t *testing.T) {
	s := emptyStack(t)
	p, err := s.Launch(t.Context(), Server{Name: "sleeper", Args: []string{"sleep", "1000"}, Ready: func(context.Context) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	pid := p.Pid()
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the server does not run: %v", err)
	}
	s.Stop()
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the server runs on: %v", err)
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("the stack left its folder: %v", err)
	}
}

func TestLaunchedServerThatEndsIsNamed(t *testing.T) {
	s := emptyStack(t)
	defer s.Stop()
	_, err := s.Launch(t.Context(), Server{Name: "stopper", Args: []string{"false"}, Ready: func(context.Context) error { return errors.New("not yet") }})
	if err == nil {
		t.Error("it started")
	}
}

func TestEndedStackLaunchesNothing(t *testing.T) {
	s := emptyStack(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Stop()
	if _, err := s.Launch(ctx, Server{Name: "late", Args: []string{"sleep", "1000"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
