package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// logFile is what a container has printed, each line behind its time.
type logFile struct {
	mu      sync.Mutex
	path    string
	file    *os.File
	changed chan struct{} // closed and made anew with each line
	closed  bool
}

func newLogFile(path string) (*logFile, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &logFile{path: path, file: file, changed: make(chan struct{})}, nil
}

// copy takes lines until the container has closed its end.
func (l *logFile) copy(from *bufio.Reader) {
	for {
		line, err := from.ReadString('\n')
		l.mu.Lock()
		if line != "" {
			_, _ = l.file.WriteString(time.Now().UTC().Format(time.RFC3339Nano) + " " + strings.TrimSuffix(line, "\n") + "\n")
		}
		if err != nil {
			l.closed = true
			l.file.Close()
		}
		close(l.changed)
		l.changed = make(chan struct{})
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// logRequest is what is asked of a log.
type logRequest struct {
	follow, timestamps bool
	since              time.Time
	tail               int // lines, -1 for all
}

// write gives the lines asked for, and those that come while it follows.
func (l *logFile) write(ctx context.Context, w io.Writer, r logRequest) error {
	for at := 0; ; r.tail = -1 {
		l.mu.Lock()
		text, err := os.ReadFile(l.path)
		changed, closed := l.changed, l.closed
		l.mu.Unlock()
		if err != nil {
			return err
		}
		if _, err := w.Write(r.choose(text[at:])); err != nil {
			return err
		}
		if at = len(text); !r.follow || closed {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err())
		case <-changed:
		}
	}
}

func (r logRequest) choose(text []byte) []byte {
	var chosen [][]byte
	for line := range bytes.Lines(text) {
		stamp, rest, _ := bytes.Cut(line, []byte(" "))
		when, err := time.Parse(time.RFC3339Nano, string(stamp))
		if err != nil || when.Before(r.since) {
			continue
		}
		if r.timestamps {
			rest = line
		}
		chosen = append(chosen, rest)
	}
	if r.tail >= 0 {
		chosen = chosen[max(0, len(chosen)-r.tail):]
	}
	return bytes.Join(chosen, nil)
}
