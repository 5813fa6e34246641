//go:build stack

package harness

import (
	"bufio"
	"io"
	"strings"
	"sync"
)

// maxLog bounds what is kept of a worker's log, in bytes.
const maxLog = 4 << 20

// log is what a worker writes, for reading while it does.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

// copy keeps lines until the worker's end of out is closed.
func (l *log) copy(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		l.mu.Lock()
		if l.text.Len() < maxLog {
			l.text.WriteString(lines.Text() + "\n")
		}
		l.mu.Unlock()
	}
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
