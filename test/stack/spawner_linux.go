package stack

import "syscall"

// deathBound makes a process die with the thread that starts it. The group of
// its own keeps a terminal's Ctrl-C from it, so that the owner decides the order.
func deathBound() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
