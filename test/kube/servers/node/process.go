package main

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// process is one life of a container.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	code int // read after done
}

// start runs the container's process. What it prints goes to a log of its own.
func (p *pod) start(restarts int) (*process, error) {
	env, err := p.environ()
	if err != nil {
		return nil, err
	}
	file, err := newLogFile(filepath.Join(p.dir, strconv.Itoa(restarts)+".log"))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.previous, p.log = p.log, file
	p.mu.Unlock()
	c := &process{cmd: exec.Command(p.node.options.binary, p.container().Args...), done: make(chan struct{})}
	c.cmd.Env = env
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	out, in := io.Pipe()
	c.cmd.Stdout, c.cmd.Stderr = in, in
	go file.copy(bufio.NewReader(out))
	started := make(chan error, 1)
	go c.live(started, in)
	return c, <-started
}

// live keeps its thread: the process dies with the thread that started it.
func (c *process) live(started chan<- error, out *io.PipeWriter) {
	runtime.LockOSThread()
	defer close(c.done)
	defer out.Close()
	err := c.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	var exit *exec.ExitError
	if err := c.cmd.Wait(); errors.As(err, &exit) {
		if c.code = exit.ExitCode(); c.code < 0 {
			c.code = 128 + int(exit.Sys().(syscall.WaitStatus).Signal())
		}
	}
}

// terminate asks the process to end, and kills it when its time is over.
func (c *process) terminate(grace time.Duration) {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // one that has ended does not hear it
	select {
	case <-c.done:
	case <-time.After(grace):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}
