package mapping

// Record is one Kafka record as the mapping sees it. Key and Value alias the
// memory of the fetch; nobody writes to them.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Timestamp int64  // milliseconds since 1970, as the producer or broker set it
	Key       []byte // nil is a null key
	Value     []byte // nil is a null value: a tombstone
	Headers   []Header
	SchemaID  int32 // of the value, once its framing has been read; 0 before and for other formats
}

// Header is one header of a record; names may repeat, the last one wins.
type Header struct {
	Name  string
	Value []byte
}

// Header gives the last value of that name.
func (r *Record) Header(name string) (value []byte, ok bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Name == name {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}
