package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fileLock is an advisory lock (flock) that the kernel releases when its owner
// ends, however it ends.
type fileLock struct{ file *os.File }

// tryLock returns nil without an error when another process holds the lock.
func tryLock(path string) (*fileLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of a lock: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening a lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &fileLock{file}, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, fmt.Errorf("locking %s: %w", path, err)
}

// waitLock waits for the lock until ctx ends; waiting is called once when
// another process holds it.
func waitLock(ctx context.Context, path string, waiting func()) (*fileLock, error) {
	lock, err := tryLock(path)
	if lock != nil || err != nil {
		return lock, err
	}
	waiting()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for %s: %w", path, context.Cause(ctx))
		case <-tick.C:
		}
		if lock, err := tryLock(path); lock != nil || err != nil {
			return lock, err
		}
	}
}

// release leaves the file in place: removing it would let two processes hold
// locks on two files of one name.
func (l *fileLock) release() { l.file.Close() }
