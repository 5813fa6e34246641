package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// stopGrace is how long a server may take to end after SIGTERM.
const stopGrace = 30 * time.Second

// Process is one server. Its methods may be called from any goroutine; Kill,
// Stop and Start wait until what they ask for has happened.
type Process struct {
	// Name is such as kafka-1, cassandra-2 or registry.
	Name string
	// Addr is the host:port on which it answers.
	Addr string

	argv    []string
	env     []string // beside that of the owner
	log     string
	spawner *spawner
	ready   func(context.Context) error // nil once the server really answers
	timeout time.Duration
	say     func(string)
	changed func()         // called after each start
	died    func(*Process) // called when it ends unasked; must not block

	mu      sync.Mutex // held by whoever starts or ends the process
	running *run       // nil before the first start; guarded by state
	closed  bool       // no start any more; guarded by state
	state   sync.Mutex // held for moments only
}

// run is one life of a process.
type run struct {
	cmd      *exec.Cmd
	done     chan struct{} // closed when the process is gone
	err      error         // how it ended; read after done
	expected bool          // somebody asked it to end; guarded by Process.state
}

// Start starts the server again on the same data and ports and waits until it
// answers. It does nothing when the server runs. When ctx ends first, the server
// is killed.
func (p *Process) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.alive() != nil {
		return nil
	}
	run, err := p.launch()
	if err != nil {
		return err
	}
	p.changed()
	if err := p.awaitReady(ctx, run); err != nil {
		return errors.Join(err, p.end(run, syscall.SIGKILL))
	}
	return nil
}

// Kill ends the server with SIGKILL, as a crash would.
func (p *Process) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if run := p.alive(); run != nil {
		return p.end(run, syscall.SIGKILL)
	}
	return nil
}

// Stop ends the server gracefully, and with SIGKILL after half a minute.
func (p *Process) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	run := p.alive()
	if run == nil {
		return nil
	}
	if err := p.signal(run, syscall.SIGCONT); err != nil {
		return err
	}
	return p.end(run, syscall.SIGTERM)
}

// Freeze stops the server's threads (SIGSTOP): its connections stay open and
// nothing answers.
func (p *Process) Freeze() error { return p.signalAlive(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (p *Process) Thaw() error { return p.signalAlive(syscall.SIGCONT) }

// Pid is the process id, or 0 while the server is down.
func (p *Process) Pid() int {
	if run := p.alive(); run != nil {
		return run.cmd.Process.Pid
	}
	return 0
}

// LogFile is where everything that the server prints goes, over all its lives.
func (p *Process) LogFile() string { return p.log }

// launch forks the server and leaves a goroutine that waits for its end.
func (p *Process) launch() (*run, error) {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", p.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stdout, cmd.Stderr = log, log

	p.state.Lock()
	defer p.state.Unlock()
	if p.closed {
		return nil, fmt.Errorf("starting %s: the stack is stopped", p.Name)
	}
	if err := p.spawner.start(cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.Name, err)
	}
	p.running = &run{cmd: cmd, done: make(chan struct{})}
	go p.reap(p.running)
	return p.running, nil
}

// reap ends when the process does, and everyone who ends a process waits for it.
func (p *Process) reap(run *run) {
	run.err = run.cmd.Wait()
	p.state.Lock()
	expected := run.expected
	p.state.Unlock()
	if !expected {
		p.died(p)
	}
	close(run.done)
}

// alive returns the life that has not ended, or nil.
func (p *Process) alive() *run {
	p.state.Lock()
	defer p.state.Unlock()
	if p.running == nil {
		return nil
	}
	select {
	case <-p.running.done:
		return nil
	default:
		return p.running
	}
}

// end sends the signal and waits until the process is gone.
func (p *Process) end(run *run, signal syscall.Signal) error {
	p.state.Lock()
	run.expected = true
	p.state.Unlock()
	if err := p.signal(run, signal); err != nil {
		return err
	}
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	select {
	case <-run.done:
		return nil
	case <-timer.C:
	}
	err := p.signal(run, syscall.SIGKILL)
	<-run.done
	return err
}

func (p *Process) signalAlive(signal syscall.Signal) error {
	run := p.alive()
	if run == nil {
		return fmt.Errorf("%s does not run", p.Name)
	}
	return p.signal(run, signal)
}

// signal takes a process that has just ended for signalled.
func (p *Process) signal(run *run, signal syscall.Signal) error {
	err := run.cmd.Process.Signal(signal)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("sending %s to %s: %w", signal, p.Name, err)
	}
	return nil
}

// close makes sure that the process is gone and stays so. It does not take mu: a
// start under way holds that until its process has ended.
func (p *Process) close(signal syscall.Signal) error {
	p.state.Lock()
	p.closed = true
	p.state.Unlock()
	run := p.alive()
	if run == nil {
		return nil
	}
	return errors.Join(p.signal(run, syscall.SIGCONT), p.end(run, signal))
}
