package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockMachine lets only one measurement run on this machine: two would measure
// each other, and on common servers empty each other's tables. The lock ends
// with the function it gives, or with the process.
func lockMachine() (func(), error) {
	path := filepath.Join(os.TempDir(), "ingestbench.lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of all measurements: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another ingestbench is running on this machine (it holds %s): wait for its end", path)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { file.Close() }, nil
}
