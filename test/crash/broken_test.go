//go:build stack && crash

package crash

import (
	"sync"
	"testing"
)

// broken counts what must never happen. Any goroutine may note it.
type broken struct {
	t     *testing.T
	mu    sync.Mutex
	count int
}

// maxBroken is how many are told; the rest is counted.
const maxBroken = 40

func (b *broken) note(format string, args ...any) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	if b.count <= maxBroken {
		b.t.Errorf(format, args...)
	}
}

func (b *broken) any() bool { return b.total() > 0 }

func (b *broken) total() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}
