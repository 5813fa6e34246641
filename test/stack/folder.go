package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	lockName  = "lock"
	keepName  = "keep"
	stateName = "stack.json"
	logsName  = "logs"
	// logsLife is how long the logs of a stack that ended badly stay.
	logsLife = 24 * time.Hour
)

// folder is where one stack keeps everything. Its lock is held as long as the
// stack's owner lives, so a folder without it is a dead stack's.
type folder struct {
	dir      string
	lock     *fileLock
	keepAll  bool
	keepLogs bool
}

// openFolder makes the stack's folder and clears away what stacks left whose
// owners were killed.
func openFolder(ctx context.Context, home home, options Options) (*folder, error) {
	// Held while folders are made and swept: a new one has no lock for a moment.
	gate, err := waitLock(ctx, filepath.Join(home.run(), "gate.lock"), func() {})
	if err != nil {
		return nil, err
	}
	defer gate.release()
	if err := sweep(home.run(), time.Now()); err != nil {
		return nil, fmt.Errorf("clearing away ended stacks: %w", err)
	}
	dir, err := makeStackDir(home, options.Dir)
	if err != nil {
		return nil, fmt.Errorf("making the stack's folder: %w", err)
	}
	lock, err := tryLock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	if lock == nil {
		return nil, fmt.Errorf("the folder %s is in use by another stack", dir)
	}
	f := &folder{dir: dir, lock: lock, keepAll: options.Keep}
	if f.keepAll {
		err = os.WriteFile(filepath.Join(dir, keepName), nil, 0o644)
	}
	return f, errors.Join(err, makeDir(filepath.Join(dir, logsName)))
}

func makeStackDir(home home, dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp(home.run(), time.Now().Format("20060102-150405-"))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("%s is not empty: name an empty folder", dir)
	}
	return filepath.Abs(dir)
}

// log is the log file of one server.
func (f *folder) log(name string) string { return filepath.Join(f.dir, logsName, name+".log") }

// path is a file or folder in it.
func (f *folder) path(names ...string) string {
	return filepath.Join(append([]string{f.dir}, names...)...)
}

// close removes what need not stay, and the lock last.
func (f *folder) close() error {
	defer f.lock.release()
	if f.keepAll {
		return nil
	}
	if f.keepLogs {
		return removeAllBut(f.dir, logsName)
	}
	return os.RemoveAll(f.dir)
}

// sweep removes what stacks have left that did not come to their Stop. Logs
// stay for a day.
func sweep(run string, now time.Time) error {
	entries, err := os.ReadDir(run)
	if err != nil {
		return err
	}
	var faults []error
	for _, entry := range entries {
		dir := filepath.Join(run, entry.Name())
		if entry.IsDir() && !exists(filepath.Join(dir, keepName)) {
			faults = append(faults, sweepOne(dir, now))
		}
	}
	return errors.Join(faults...)
}

func sweepOne(dir string, now time.Time) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	lock, err := tryLock(filepath.Join(dir, lockName))
	if lock == nil {
		return err // alive, or not ours to judge
	}
	defer lock.release()
	if now.Sub(info.ModTime()) > logsLife {
		return os.RemoveAll(dir)
	}
	return removeAllBut(dir, logsName)
}

func removeAllBut(dir, keep string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var faults []error
	for _, entry := range entries {
		if entry.Name() != keep {
			faults = append(faults, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	return errors.Join(faults...)
}
