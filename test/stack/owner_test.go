//go:build stack

package stack

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// ownerVariable makes the test binary an owner of a stack, to be killed.
const ownerVariable = "STACK_TEST_OWNER"

// ownStack prints the pids of its servers and then waits for its death.
func ownStack() int {
	s, err := Start(context.Background(), Options{Brokers: 1, Registry: true})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	defer s.Stop()
	fmt.Println("dir", s.Dir)
	for _, pid := range pidsOf(s) {
		fmt.Println("pid", pid)
	}
	fmt.Println("ready")
	return int(<-make(chan byte)) // the test never lets it come to this
}

func TestServersDieWithAnOwnerThatIsKilled(t *testing.T) {
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerVariable+"=1")
	owner.Stderr = os.Stderr
	out, err := owner.StdoutPipe()
	must(t, err)
	must(t, owner.Start())
	var pids []int
	var dir string
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "ready"; {
		var pid int
		if _, err := fmt.Sscanf(lines.Text(), "pid %d", &pid); err == nil {
			pids = append(pids, pid)
		} else if path, found := strings.CutPrefix(lines.Text(), "dir "); found {
			dir = path
		} else {
			t.Error(lines.Text())
		}
	}
	if len(pids) != 2 {
		t.Errorf("the owner named %d servers, want 2", len(pids))
	}
	for _, pid := range pids {
		if errIfRuns(pid) == nil {
			t.Errorf("process %d does not run before the owner is killed", pid)
		}
	}
	must(t, owner.Process.Kill())
	if err := owner.Wait(); err == nil {
		t.Error("the owner ended without being killed")
	}
	assertGone(t, pids)
	assertOnlyLogsRemain(t, dir)
}

// assertOnlyLogsRemain does what the next start does first.
func assertOnlyLogsRemain(t *testing.T, dir string) {
	t.Helper()
	info, err := os.Stat(dir)
	must(t, err)
	must(t, sweepOne(dir, info.ModTime()))
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != "logs" {
		t.Errorf("a killed owner's folder holds %v after sweeping, want only the logs", entries)
	}
	must(t, os.RemoveAll(dir))
}
