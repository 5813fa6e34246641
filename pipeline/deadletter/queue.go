package deadletter

import "sync"

// queue hands deliveries from the goroutines that learn of their fate to the one
// that acts on it. Its length is bounded by Producer.room.
type queue struct {
	wake chan struct{} // holds a token while there may be items

	mu     sync.Mutex
	items  []*delivery
	closed bool
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// put reports false when the queue is closed and the delivery not in it.
func (q *queue) put(d *delivery) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.items = append(q.items, d)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

// take empties the queue.
func (q *queue) take() []*delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) == 0
}

// close takes what is left and refuses what comes.
func (q *queue) close() []*delivery {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	return q.take()
}
