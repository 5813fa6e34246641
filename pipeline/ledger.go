package pipeline

// ledger keeps, for one assignment of one partition, which delivered records
// have their final outcome. It runs over the delivered sequence and not over
// offsets: transaction markers, aborted records and compaction leave holes in
// those. It is a plain state machine; its partition guards it.
type ledger struct {
	entries []entry // from the oldest unresolved record on
	head    int     // index of the oldest unresolved record in entries
	first   uint64  // sequence of entries[0]
	at      position
	moved   bool // at is ahead of what was last committed
}

// entry is one delivered record.
type entry struct {
	position
	resolved bool
}

// position is what a commit says: where to go on, and with which clock.
type position struct {
	offset int64 // the next offset to read
	epoch  int32 // leader epoch of the last record before it, -1 when unknown
	clock  int64 // reading at the last data record before it, in microseconds
}

// open starts the ledger at a position. One that no commit holds yet is
// committed at once, so that the start of a partition never changes.
func (l *ledger) open(at position, committed bool) {
	*l = ledger{at: at, moved: !committed}
}

// deliver enters the next record and gives its sequence. offset is the record's
// own; clock the reading after it.
func (l *ledger) deliver(offset int64, epoch int32, clock int64) uint64 {
	l.entries = append(l.entries, entry{position: position{offset: offset + 1, epoch: epoch, clock: clock}})
	return l.first + uint64(len(l.entries)) - 1
}

// resolve gives a record its final outcome and moves the prefix as far as it
// goes. Invariants 1 and 2: the position is that of the last record before the
// oldest unresolved one. Resolving twice is harmless.
func (l *ledger) resolve(seq uint64) {
	if seq < l.first+uint64(l.head) {
		return
	}
	l.entries[seq-l.first].resolved = true
	for l.head < len(l.entries) && l.entries[l.head].resolved {
		l.at = l.entries[l.head].position
		l.moved = true
		l.head++
	}
	l.compact()
}

// compact drops the resolved head once it is the larger part, so that the
// memory follows what is unresolved.
func (l *ledger) compact() {
	if l.head < len(l.entries) && (l.head < 1024 || l.head*2 < len(l.entries)) {
		return
	}
	n := copy(l.entries, l.entries[l.head:])
	l.entries = l.entries[:n]
	l.first += uint64(l.head)
	l.head = 0
}

// latest gives the position after the last delivered record.
func (l *ledger) latest() position {
	if n := len(l.entries); n > 0 {
		return l.entries[n-1].position
	}
	return l.at
}

// unresolved gives the number of records without an outcome from the oldest
// such record on, resolved ones in between included.
func (l *ledger) unresolved() int { return len(l.entries) - l.head }

// committed notes that a position was committed.
func (l *ledger) committed(at position) {
	if l.at == at {
		l.moved = false
	}
}
