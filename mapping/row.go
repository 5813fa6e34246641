package mapping

// Row is one row on its way to Cassandra. Its slices belong to the Buffer it
// was made in and live until that buffer is reset.
type Row struct {
	Statement *Statement
	Cells     []Cell // in the order of Statement.Columns
	Routing   []byte // the serialized partition key, as Cassandra hashes it
	Timestamp int64  // write timestamp in microseconds since 1970
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
	cells  []Cell
	frame  Frame
}

// RowPoison is what keeps a record from one table, or from all of them.
type RowPoison struct {
	Record int32
	Err    error // a *retry.Poison
}

// maxKept bounds what a reset buffer keeps for its next run, so that one huge
// record does not stay in memory for ever.
const maxKept = 1 << 20 // bytes of cells' data; rows and cells are bounded by the run's length

// Reset empties the buffer for another run.
func (b *Buffer) Reset() {
	clear(b.Rows)
	clear(b.cells)
	clear(b.Poison)
	b.Rows, b.Poison, b.cells = b.Rows[:0], b.Poison[:0], b.cells[:0]
	b.frame.reset()
}

// Frame gives the frame for one more record, with n absent cells.
func (b *Buffer) Frame(n int) *Frame {
	start := len(b.cells)
	if start+n > cap(b.cells) {
		b.cells = make([]Cell, 0, max(2*cap(b.cells), 64*n))
		start = 0
	}
	b.cells = b.cells[:start+n]
	b.frame.Cells = b.cells[start : start+n : start+n]
	b.frame.Faults = b.frame.Faults[:0]
	return &b.frame
}

// Frame is where decoders put what they read: one cell for each slot of a form.
type Frame struct {
	Cells  []Cell
	Arena  []byte // encoders append to it; a cell's Data is a slice of it, or of the payload
	Faults []Fault
}

// Fault says why the value for one slot could not be made. The slot's cell is
// Bad.
type Fault struct {
	Slot int
	Err  error // without the value
}

// Fail marks a slot's cell as Bad.
func (f *Frame) Fail(slot int, err error) {
	f.Cells[slot].State = Bad
	f.Faults = append(f.Faults, Fault{Slot: slot, Err: err})
}

// Put makes the arena's bytes from start on the value of a slot.
func (f *Frame) Put(slot, start int) {
	c := &f.Cells[slot]
	c.Data = f.Arena[start:len(f.Arena):len(f.Arena)]
	c.State = Value
}

func (f *Frame) reset() {
	f.Cells = nil
	clear(f.Faults)
	f.Faults = f.Faults[:0]
	if cap(f.Arena) > maxKept {
		f.Arena = nil
	}
	f.Arena = f.Arena[:0]
}
