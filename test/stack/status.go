package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Status is one running stack of this repository, whoever started it.
type Status struct {
	Dir      string
	OwnerPid int
	Started  time.Time
	Servers  []ServerStatus
}

// ServerStatus is one server of a running stack.
type ServerStatus struct {
	Name, Kind, Version, Addr, Log string
	// Pid and MemoryBytes (resident) are 0 while the server is down.
	Pid         int
	MemoryBytes int64
	// Fault is why the server does not answer; nil when it does.
	Fault error
}

// List asks every running stack of this repository how it is. Folders whose
// owner has ended are passed over.
func List(ctx context.Context) ([]Status, error) {
	home, err := findHome()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(home.run())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing stacks: %w", err)
	}
	var all []Status
	for _, entry := range entries {
		dir := filepath.Join(home.run(), entry.Name())
		if !entry.IsDir() || !ownerLives(dir) {
			continue
		}
		status, err := statusOf(ctx, dir)
		if err != nil {
			return nil, fmt.Errorf("reading the state of %s: %w", dir, err)
		}
		all = append(all, status)
	}
	return all, nil
}

// ownerLives says whether somebody holds the lock of a stack's folder.
func ownerLives(dir string) bool {
	path := filepath.Join(dir, lockName)
	if !exists(path) {
		return false
	}
	lock, err := tryLock(path)
	if lock != nil {
		lock.release()
	}
	return lock == nil && err == nil
}

func statusOf(ctx context.Context, dir string) (Status, error) {
	status := Status{Dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return status, nil // it has not started its first server yet
	}
	if err != nil {
		return status, err
	}
	var now state
	if err := json.Unmarshal(text, &now); err != nil {
		return status, err
	}
	status.OwnerPid, status.Started = now.OwnerPid, now.Started
	for _, server := range now.Servers {
		status.Servers = append(status.Servers, serverStatus(ctx, now, server))
	}
	return status, nil
}

func serverStatus(ctx context.Context, now state, server serverState) ServerStatus {
	status := ServerStatus{
		Name: server.Name, Kind: server.Kind, Version: server.Version,
		Addr: server.Addr, Log: server.Log, Pid: server.Pid,
	}
	if server.Pid == 0 {
		status.Fault = errors.New("not started")
		return status
	}
	status.MemoryBytes = residentBytes(server.Pid)
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	switch server.Kind {
	case kindKafka:
		status.Fault = probeKafka(ctx, server.Addr, int32(server.Number))
	case kindCassandra:
		status.Fault = probeNative(ctx, server.Addr, now.TLS)
	case kindRegistry:
		status.Fault = probeRegistry(ctx, "http://"+server.Addr+registryPath)
	}
	return status
}

// residentBytes is the memory of a process as Linux counts it (VmRSS); 0 when it
// has ended.
func residentBytes(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		value, found := strings.CutPrefix(line, "VmRSS:")
		if !found {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0
		}
		return kib << 10
	}
	return 0
}
