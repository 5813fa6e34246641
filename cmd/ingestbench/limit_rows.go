package main

import "encoding/binary"

// rows are rows as the driver sends them, in memory without pointers: the limit
// shall not pay for a garbage collector that scans them.
type rows struct {
	data    []byte
	starts  []uint64 // of each row in data
	lengths [][columnCount]uint16
}

// stampSize is the size of a write timestamp, which ends each row.
const stampSize = 8

// encodeRows makes the rows of all records of a shape.
func encodeRows(s *shape, records int) *rows {
	r := &rows{starts: make([]uint64, records), lengths: make([][columnCount]uint16, records)}
	for i := range records {
		r.starts[i] = uint64(len(r.data))
		sample := s.sample(i)
		r.data, r.lengths[i] = sample.appendCells(r.data)
		r.data = binary.BigEndian.AppendUint64(r.data, uint64(recordTime(i).UnixMicro()))
	}
	return r
}

// Estimates of the worker, in bytes: what a row costs beside its cells, and a
// cell beside its value, where the server compares a batch with its threshold.
const (
	rowCost  = 40
	cellCost = 16
)

// size is the worker's estimate of what the server counts for a row.
func (r *rows) size(row int32) int {
	size := rowCost
	for _, length := range r.lengths[row] {
		size += cellCost
		if length != null {
			size += int(length)
		}
	}
	return size
}

// batches is a division of rows into batches.
type batches struct {
	order []int32 // rows, batch after batch
	ends  []int32 // where each batch ends in order
}

func (b *batches) len() int { return len(b.ends) }

// rows gives the rows of a batch.
func (b *batches) rows(batch int) []int32 {
	start := int32(0)
	if batch > 0 {
		start = b.ends[batch-1]
	}
	return b.order[start:b.ends[batch]]
}

// chunkRecords is how many of these records the worker groups at a time under
// load: those of one Kafka partition that it counts as 6 MiB, at 640 bytes each
// beside key and value.
const chunkRecords = 7600

// groupRows groups as the worker does under load: chunks of one Kafka
// partition after another, in each the rows of one Cassandra partition
// together, what does not fill a batch packed with others.
func groupRows(s *shape, r *rows, partitions int, c caps) *batches {
	byPartition := make([][]int32, partitions)
	for i := range r.starts {
		p := s.partition(i, partitions)
		byPartition[p] = append(byPartition[p], int32(i))
	}
	p := &packer{caps: c, rows: r}
	for left := true; left; {
		left = false
		for i, list := range byPartition {
			n := min(len(list), chunkRecords)
			p.chunk(s, list[:n])
			byPartition[i] = list[n:]
			left = left || len(list) > n
		}
	}
	return &p.out
}

// openPacks is how many batches are filled side by side.
const openPacks = 8

// packer fills batches.
type packer struct {
	caps caps
	rows *rows
	open []pack
	out  batches
}

// pack is a batch with rows of several partitions that may take more.
type pack struct {
	rows              []int32
	bytes, partitions int
}

// chunk divides the rows of a chunk.
func (p *packer) chunk(s *shape, chunk []int32) {
	groups := map[int][]int32{}
	var order []int
	for _, row := range chunk {
		key := s.keyNumber(int(row))
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], row)
	}
	for _, key := range order {
		p.group(groups[key])
	}
	for _, k := range p.open {
		p.emit(k.rows)
	}
	p.open = p.open[:0]
}

// group divides the rows of one Cassandra partition.
func (p *packer) group(group []int32) {
	for len(group) > 0 {
		n, bytes := p.take(group)
		piece := group[:n]
		group = group[n:]
		if len(group) > 0 || n >= p.caps.Rows || bytes > p.caps.Bytes || p.caps.Partitions <= 1 {
			p.emit(piece)
		} else {
			p.put(piece, bytes)
		}
	}
}

// take gives how many rows of a partition go into one batch, and their size.
func (p *packer) take(group []int32) (n, bytes int) {
	for n < len(group) && n < p.caps.Rows {
		more := p.rows.size(group[n])
		if n > 0 && bytes+more > p.caps.PartitionBytes {
			break
		}
		n++
		bytes += more
	}
	return n, bytes
}

// put adds rows of one partition to the first open pack with room.
func (p *packer) put(piece []int32, bytes int) {
	for i := range p.open {
		k := &p.open[i]
		if len(k.rows)+len(piece) <= p.caps.Rows && k.bytes+bytes <= p.caps.Bytes && k.partitions < p.caps.Partitions {
			k.rows = append(k.rows, piece...)
			k.bytes, k.partitions = k.bytes+bytes, k.partitions+1
			return
		}
	}
	if len(p.open) == openPacks {
		p.emit(p.open[0].rows)
		p.open = append(p.open[:0], p.open[1:]...)
	}
	p.open = append(p.open, pack{rows: append([]int32(nil), piece...), bytes: bytes, partitions: 1})
}

func (p *packer) emit(rows []int32) {
	p.out.order = append(p.out.order, rows...)
	p.out.ends = append(p.out.ends, int32(len(p.out.order)))
}
