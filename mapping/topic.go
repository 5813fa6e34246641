package mapping

// Topic is one entry of a mapping file's topics.
type Topic struct {
	Name    string
	Pattern *Pattern // what the topic was found by; nil: the file names it
	Key     Format
	Value   Format
	Tables  []TableMapping
	OnError OnError
	// SkipUnmatched is `unmatched: skip`: a record that no table's `record:` takes
	// gives nothing. Otherwise it is poison.
	SkipUnmatched bool
	Debezium      bool // `envelope: debezium`
	// Unavailable is the placeholder of an envelope's values that the database did
	// not tell, "" without an envelope.
	Unavailable string
	// SkipTruncate is `truncate: ignore`: the event of a truncated table gives nothing.
	// Otherwise it is poison.
	SkipTruncate bool
	Pos          Pos // of the name

	// Of the keys of that name, zero when the entry does not have them.
	onErrorAt, unmatchedAt, truncateAt Pos

	names     []namedTopic // of the entry
	several   bool         // the entry has more topics, or may have
	contested *Pattern     // of another entry, which matches too
}

// namedTopic is a topic that an entry names.
type namedTopic struct {
	name string
	at   Pos
}

// TableMapping is one entry of a topic's tables, with the file's defaults
// filled in.
type TableMapping struct {
	Keyspace    string // empty: neither the entry nor the defaults name one
	Table       string
	Consistency string // a CQL consistency level; empty: the session's
	Columns     []ColumnMapping
	ColumnsFrom *ColumnsFrom // nil: only the columns that are listed
	Records     []RecordName // of `record:`; empty: every record
	ForEach     *ForEach     // nil: one row for each record
	Tombstone   TombstoneMode
	Write       WriteMode
	CQL         *CQL // nil: Write says how
	Delete      DeleteScope
	Nulls       Nulls
	TTL         int32       // seconds counted from the write timestamp, 0 for none
	TTLFrom     *Expression // gives the TTL of each row; nil: TTL
	When        *Expression // records for which it is not true give no row; nil: none
	DeleteWhen  *Expression // records for which it is true delete their row; nil: none
	EventTime   *EventTime  // nil: write timestamps come from the partition's clock
	Accept      []Accepted
	Pos         Pos // of the table's name
	nulls       nullsChoice

	// Of the keys of that name, zero when the entry does not have them.
	writeAt, cqlAt, ttlAt Pos
}

// Accepts reports whether the entry lists label under `accept:`.
func (t *TableMapping) Accepts(label Label) bool {
	for i := range t.Accept {
		if t.Accept[i].Label == label {
			return true
		}
	}
	return false
}

// ColumnMapping is one column of `columns:`.
type ColumnMapping struct {
	Name    string
	Source  Source
	Default *Const // nil: none
	Nulls   Nulls  // the column's own, the table's or the file's
	Op      CellOp
	Pos     Pos // of the name
	At      Pos // of what feeds it
	nulls   nullsChoice
	// Of the keys of that name, zero when the entry does not have them.
	defaultAt, unitAt, opAt Pos
}

// EventTime is `timestamp:` with a path: each record says itself when its rows
// are written.
type EventTime struct {
	Source Source
	Pos    Pos // of the path
	unitAt Pos // of `unit:`, zero when there is none
}

// ColumnsFrom is `columns_from:`.
type ColumnsFrom struct {
	Root Root // RootValue, RootKey or RootItem
	Pos  Pos
}

// TombstoneMode says what a null value does to a table.
type TombstoneMode uint8

// The choices of `tombstone:`. TombstoneUnstated is an entry that does not say:
// it deletes where the primary key can be had without the value, and is a fault
// elsewhere.
const (
	TombstoneUnstated TombstoneMode = iota
	TombstoneDelete
	TombstoneIgnore
	TombstoneDeadLetter
)

// Accepted is one label that an entry lists under `accept:`.
type Accepted struct {
	Label Label
	Pos   Pos
}

// Label names a way in which a table cannot be replayed exactly. An entry runs
// with it only when it lists the label.
type Label string

const (
	// LabelCrossPartition: records of different Kafka keys can meet in one row.
	// Kafka keeps no order between them, so the producers' clocks decide.
	LabelCrossPartition Label = "cross_partition"
	// LabelTTLFromWrite: a row's life is counted from the moment it is written,
	// so that writing it again lengthens it.
	LabelTTLFromWrite Label = "ttl_from_write"
	// LabelEventTimeTies: write timestamps come from the records. Of two with the
	// same time the larger value wins, whichever came later.
	LabelEventTimeTies Label = "event_time_ties"
	// LabelCounter: a record that is written again counts again.
	LabelCounter Label = "counter"
	// LabelLWT: Cassandra stamps the row when it is written, and of two records
	// of one row the one that comes first stays.
	LabelLWT Label = "lwt"
	// LabelListAppend: what is written again adds the elements of a list again.
	LabelListAppend Label = "list_append"
	// LabelNow: what is written depends on when it is written.
	LabelNow Label = "now"
	// LabelServerTimestamp: Cassandra stamps rows when they are written, so that the
	// one that is written last stays, and not the one of the last record.
	LabelServerTimestamp Label = "server_timestamp"
)

var labels = []string{string(LabelCrossPartition), string(LabelTTLFromWrite), string(LabelEventTimeTies),
	string(LabelCounter), string(LabelLWT), string(LabelListAppend), string(LabelNow), string(LabelServerTimestamp)}

// Pos is a place in a mapping file. Lines and columns count from 1, columns in
// characters; the zero Pos is the file as a whole.
type Pos struct {
	Line, Col int
}
