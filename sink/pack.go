package sink

import (
	"github.com/gocql/gocql"

	"ingest/mapping"
)

// openPacks is how many batches of one replica set are filled at a time. A group
// goes into the first with room; more would only search longer.
const openPacks = 8

// packer fills batches from groups that arrive sorted by consistency level and
// replica set.
type packer struct {
	caps    caps
	g       *grouper
	rows    []mapping.Row
	level   gocql.Consistency
	set     int32
	order   []*mapping.Row // of all batches, one after another
	batches []batch
}

// piece is a run of one group's rows that stays together.
type piece struct {
	first, rows, next int32 // next piece of the pack, -1 at its end
}

// pack is a batch that may still take more pieces.
type pack struct {
	head, tail int32 // pieces
	rows       int
	bytes      int
	partitions int
}

// add puts one group's rows into batches: as many as possible into batches of
// their own while they are more than one batch holds, the rest together with
// other partitions.
func (p *packer) add(g *group) {
	if g.level != p.level || g.set != p.set {
		p.flush()
		p.level, p.set = g.level, g.set
	}
	at := g.head
	for left := int(g.rows); left > 0; {
		n, size, after := p.take(at)
		left -= n
		if g.alone || left > 0 || size > p.caps.bytes || n >= p.caps.rows || p.caps.partitions <= 1 {
			p.copy(at, n)
			p.emit(n)
		} else {
			p.put(at, n, size)
		}
		at = after
	}
}

// take measures the rows of a group, from one on, that fit into one batch.
func (p *packer) take(at int32) (n, size int, after int32) {
	size = partitionCost
	for at >= 0 && n < p.caps.rows {
		more := p.g.sizes[at]
		if n > 0 && size+more > p.caps.singleBytes {
			break
		}
		n++
		size += more
		at = p.g.next[at]
	}
	return n, size, at
}

// put adds a piece to the first open pack with room.
func (p *packer) put(at int32, n, size int) {
	pieces := int32(len(p.g.pieces))
	p.g.pieces = append(p.g.pieces, piece{first: at, rows: int32(n), next: -1})
	for i := range p.g.packs {
		k := &p.g.packs[i]
		if k.rows+n <= p.caps.rows && k.bytes+size <= p.caps.bytes && k.partitions < p.caps.partitions {
			p.g.pieces[k.tail].next = pieces
			k.tail = pieces
			k.rows, k.bytes, k.partitions = k.rows+n, k.bytes+size, k.partitions+1
			return
		}
	}
	if len(p.g.packs) == openPacks {
		p.close(0)
	}
	p.g.packs = append(p.g.packs, pack{head: pieces, tail: pieces, rows: n, bytes: size, partitions: 1})
}

// close emits the open pack i and keeps the order of the others.
func (p *packer) close(i int) {
	k := p.g.packs[i]
	for at := k.head; at >= 0; at = p.g.pieces[at].next {
		p.copy(p.g.pieces[at].first, int(p.g.pieces[at].rows))
	}
	p.emit(k.rows)
	p.g.packs = append(p.g.packs[:i], p.g.packs[i+1:]...)
}

func (p *packer) flush() {
	for len(p.g.packs) > 0 {
		p.close(0)
	}
}

func (p *packer) copy(at int32, n int) {
	for ; n > 0; n-- {
		p.order = append(p.order, &p.rows[at])
		at = p.g.next[at]
	}
}

// emit makes a batch of the last n rows of the order.
func (p *packer) emit(n int) {
	end := len(p.order)
	p.batches = append(p.batches, batch{rows: p.order[end-n : end : end], level: p.level, set: p.set})
}
