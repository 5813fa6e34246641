package stack

import (
	"context"
	"errors"
)

// Server is one more server beside those of the stack, such as a database that
// is the source of records.
type Server struct {
	Name, Addr string
	Args, Env  []string // Env is beside that of the owner
	// Ready returns nil once the server really answers.
	Ready func(context.Context) error
}

// Launch starts a server, waits until it answers, and ends it with the stack.
func (s *Stack) Launch(ctx context.Context, server Server) (*Process, error) {
	p := s.newProcess(server.Name, server.Addr, server.Args, server.Ready)
	p.env = server.Env
	s.othersMu.Lock()
	s.others = append(s.others, p)
	s.othersMu.Unlock()
	if ctx.Err() != nil { // the stack may have ended without it
		return nil, context.Cause(ctx)
	}
	return p, p.Start(ctx)
}

// FreePort takes a port of the loopback addresses until the stack ends.
func (s *Stack) FreePort() (int, error) { return s.ports.free("127.0.0.1") }

// Java is the launcher with the flags that the stack's own servers get. dir is
// for temporary files, heap such as "512m".
func (s *Stack) Java(dir, heap string) []string { return s.javaArgs(dir, heap) }

// Jars returns the folder of the jars that a pom asks for, downloading them where
// they are missing. name and version stand for what the pom says: where it
// changes, so does the version.
func (s *Stack) Jars(ctx context.Context, name, version string, pom []byte) (string, error) {
	if len(pom) == 0 {
		return "", errors.New("no pom to download jars for")
	}
	return s.library.get(ctx, artifact{name: name, version: version, pom: pom})
}
