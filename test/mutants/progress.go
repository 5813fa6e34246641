package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress writes a line for each run that has ended.
type progress struct {
	mu   sync.Mutex
	out  io.Writer
	done int
	of   int
}

func (p *progress) say(word string, took time.Duration, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	fmt.Fprintf(p.out, "%3d/%d %5.1fs  %-8s %s\n", p.done, p.of, took.Seconds(), word, text)
}
