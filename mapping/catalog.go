package mapping

// Catalog is what the live cluster has of the keyspaces that a file names.
type Catalog struct {
	Keyspaces map[string]map[string]*Table // by keyspace and table name; a keyspace that does not exist is not in it
	Names     []string                     // all keyspaces of the cluster, to suggest from
	// Default is the keyspace of entries that name none: the session's. Empty:
	// such entries are a fault.
	Default string
}
