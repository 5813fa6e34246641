// Command ingest moves Avro records from Kafka into Cassandra tables.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes, as `ingest --help` lists them. 78 is EX_CONFIG of sysexits.h.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 78
)

// version is stamped by the build: -ldflags "-X main.version=…".
var version = "dev"

func main() {
	p := &process{stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ(), exit: os.Exit}
	os.Exit(p.run(os.Args[1:]))
}

// process is one invocation: what it reads and where it writes.
type process struct {
	stdout, stderr io.Writer
	environ        []string
	exit           func(code int) // for what cannot wait
}

// run executes a command line and gives the exit code.
func (p *process) run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	coded, ok := errors.AsType[*codedError](err)
	if !ok {
		coded = &codedError{exitFailed, err}
	}
	if coded.err != nil {
		fmt.Fprintln(p.stderr, coded.err)
	}
	return coded.code
}

// codedError is an error with the exit code it asks for. A nil err means that
// everything was said already.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *codedError) Unwrap() error { return e.err }

func misconfigured(err error) error { return &codedError{exitConfig, err} }
