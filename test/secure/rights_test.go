//go:build stack

package secure

import (
	"path/filepath"
	"testing"
)

// cassandraSettings make Cassandra ask for rights. They hold for users that are no
// superusers, so for no other test's.
func cassandraSettings() []string {
	return []string{"authorizer: CassandraAuthorizer", "permissions_validity: 0ms"}
}

// withoutRights is a user who may not write, until he may.
func withoutRights(t *testing.T, g *goods) refusal {
	t.Helper()
	const name, password = "shy", "limited-Passw0rd"
	file := filepath.Join(t.TempDir(), "password")
	writeFile(t, file, []byte(password))
	g.execute("CREATE ROLE " + name + " WITH PASSWORD = '" + password + "' AND LOGIN = true")
	return refusal{
		name: "a user without rights", change: map[string]string{"INGEST_CASSANDRA_USERNAME": name, "INGEST_CASSANDRA_PASSWORD_FILE": file},
		component: "topic " + topic, says: "the user may not write to the table: grant modify on it",
		mend: func() { g.execute("GRANT MODIFY ON KEYSPACE " + keyspace + " TO " + name) },
	}
}
