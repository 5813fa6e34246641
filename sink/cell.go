package sink

import (
	"encoding/binary"
	"fmt"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

// boundCell lets the driver bind a cell as it is. The driver is given a pointer
// into the row, which costs no allocation.
type boundCell mapping.Cell

// MarshalCQL hands out the cell's bytes if the marker has the type that they
// were made for; else the table has changed under the plan, which is a Schema
// error. Statement ids do not cover bind types, so this is the only place where
// the driver tells.
func (c *boundCell) MarshalCQL(info gocql.TypeInfo) ([]byte, error) {
	if !sameType(info, c.Type) {
		return nil, changedType(info)
	}
	if c.State != mapping.Value {
		return nil, nil // bound as null: a tombstone
	}
	if c.Data == nil {
		return []byte{}, nil // a nil slice would be bound as null
	}
	return c.Data, nil
}

func changedType(info gocql.TypeInfo) error {
	return &retry.Error{Class: retry.Schema, Err: fmt.Errorf("the column's type is now %v, the value was made for another one", info)}
}

// boundLong is a write timestamp.
type boundLong [8]byte

func (l *boundLong) set(v int64) { binary.BigEndian.PutUint64(l[:], uint64(v)) }

// MarshalCQL gives the eight bytes of a bigint.
func (l *boundLong) MarshalCQL(info gocql.TypeInfo) ([]byte, error) {
	if info.Type() != gocql.TypeBigInt {
		return nil, changedType(info)
	}
	return l[:], nil
}

// boundInt is a TTL.
type boundInt [4]byte

func (i *boundInt) set(v int32) { binary.BigEndian.PutUint32(i[:], uint32(v)) }

// MarshalCQL gives the four bytes of an int.
func (i *boundInt) MarshalCQL(info gocql.TypeInfo) ([]byte, error) {
	if info.Type() != gocql.TypeInt {
		return nil, changedType(info)
	}
	return i[:], nil
}
