//go:build stack

package stack

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// errIfRuns takes a zombie for ended: its parent may never look.
func errIfRuns(pid int) error {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	if strings.HasPrefix(rest, "Z") {
		return nil
	}
	return errors.New("still runs")
}
