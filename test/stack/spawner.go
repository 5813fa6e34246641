package stack

import (
	"os/exec"
	"runtime"
)

// spawner starts processes from one thread that lives as long as the stack.
//
// Linux sends a process its parent-death signal when the thread that forked it
// ends, not when the whole parent does, and Go may end any thread. So all forks
// happen on this one. When the owner is killed, its threads end and the kernel
// kills the servers: no code of ours has to run for that.
type spawner struct {
	requests chan spawnRequest
	ended    chan struct{}
}

type spawnRequest struct {
	cmd    *exec.Cmd
	result chan error
}

func newSpawner() *spawner {
	s := &spawner{requests: make(chan spawnRequest), ended: make(chan struct{})}
	go s.loop()
	return s
}

func (s *spawner) loop() {
	defer close(s.ended)
	// Never unlocked: when the loop ends, so does the thread, and whatever it
	// started and was forgotten.
	runtime.LockOSThread()
	for request := range s.requests {
		request.cmd.SysProcAttr = deathBound()
		request.result <- request.cmd.Start()
	}
}

// start starts cmd in a process group of its own, bound to the stack's life.
func (s *spawner) start(cmd *exec.Cmd) error {
	request := spawnRequest{cmd: cmd, result: make(chan error, 1)}
	s.requests <- request
	return <-request.result
}

// close ends the thread. start must not be called after it.
func (s *spawner) close() {
	close(s.requests)
	<-s.ended
}
