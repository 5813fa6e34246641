//go:build unix && !linux

package stack

import "syscall"

// deathBound cannot bind a process to its parent's life here; Start refuses
// before it comes to this.
func deathBound() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
