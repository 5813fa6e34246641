package mapping

// Row is one row on its way to Cassandra. Its slices belong to the Buffer it
// was made in and live until that buffer is reset.
type Row struct {
	Statement *Statement
	Cells     []Cell // in the order of Statement.Columns
	Routing   []byte // the serialized partition key, as Cassandra hashes it
	Timestamp int64  // write timestamp in microseconds since 1970
	TTL       int32  // seconds counted from the write timestamp, 0 for none
	Record    int32  // the record's place in the run of records it came from
	Size      int32  // estimated bytes on the wire
}

// Size estimates, in bytes: what a statement of a batch costs beside its
// values (kind, id, count, timestamp), and what a value costs beside its bytes.
const (
	rowOverhead  = 40
	cellOverhead = 4
)

// Buffer holds what is made of a run of records. A lane fills it, the sink
// reads it, and when every row has its outcome it is reset and used again, so
// that the way of a record allocates nothing once the buffers have grown.
//
// Growing moves only the place of what comes next: cells and bytes handed out
// before stay where they are.
type Buffer struct {
	Rows   []Row
	Poison []RowPoison
	frame  Frame
	seen   rowSet
}

// RowPoison is what keeps a record from one table, or from all of them.
type RowPoison struct {
	Record int32
	Err    error // a *retry.Poison
}

// maxKept bounds what a reset buffer keeps for its next run, so that one huge
// record does not stay in memory for ever.
const (
	maxKept      = 1 << 20 // bytes of cells' data
	maxKeptRows  = 1 << 15
	maxKeptCells = 1 << 17
)

// Reset empties the buffer for another run.
func (b *Buffer) Reset() {
	clear(b.Rows)
	clear(b.Poison)
	b.Rows, b.Poison = b.Rows[:0], b.Poison[:0]
	if cap(b.Rows) > maxKeptRows {
		b.Rows = nil
	}
	b.frame.reset()
}

// Frame gives the frame for one more record, with n absent cells.
func (b *Buffer) Frame(n int) *Frame {
	f := &b.frame
	f.Cells = f.take(n)
	f.Faults = f.Faults[:0]
	f.Record, f.item = "", entered{}
	f.Items = f.Items[:0]
	return f
}

// Frame is where decoders put what they read: one cell for each slot of a form.
type Frame struct {
	Record string // full name of the record that was decoded last, "" when it is none
	Cells  []Cell
	Items  []Item // of all for_each
	Arena  []byte // encoders append to it; a cell's Data is a slice of it, or of the payload
	Faults []Fault

	cells []Cell // the run's; each frame and each item has its part of them
	item  entered

	evaluator evaluator
}

// take gives n absent cells.
func (f *Frame) take(n int) []Cell {
	start := len(f.cells)
	if start+n > cap(f.cells) {
		f.cells = make([]Cell, 0, max(min(2*cap(f.cells), maxKeptCells), 64*n))
		start = 0
	}
	f.cells = f.cells[:start+n]
	return f.cells[start : start+n : start+n]
}

// Fault says why the value for one slot could not be made. The slot's cell is
// Bad.
type Fault struct {
	Slot int
	Item int   // 1 is Frame.Items[0]; 0: not about an item
	Err  error // without the value
}

// Fail marks a slot's cell as Bad.
func (f *Frame) Fail(slot int, err error) {
	f.Cells[slot].State = Bad
	f.Faults = append(f.Faults, Fault{Slot: f.item.first + slot, Item: f.item.number, Err: err})
}

// Put makes the arena's bytes from start on the value of a slot.
func (f *Frame) Put(slot, start int) {
	c := &f.Cells[slot]
	c.Data = f.Arena[start:len(f.Arena):len(f.Arena)]
	c.State = Value
}

func (f *Frame) reset() {
	f.Cells, f.item = nil, entered{}
	clear(f.Items)
	f.Items = f.Items[:0]
	clear(f.cells)
	f.cells = f.cells[:0]
	if cap(f.cells) > maxKeptCells {
		f.cells = nil
	}
	clear(f.Faults)
	f.Faults = f.Faults[:0]
	if cap(f.Arena) > maxKept {
		f.Arena = nil
	}
	f.Arena = f.Arena[:0]
}
