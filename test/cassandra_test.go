//go:build stack

package test

import (
	"testing"
	"time"

	"github.com/gocql/gocql"
)

// cassandra gives a session of the shared node.
func cassandra(t *testing.T) *gocql.Session {
	t.Helper()
	cluster := gocql.NewCluster(servers.CassandraHosts()...)
	cluster.Port = servers.CassandraPort()
	cluster.ProtoVersion = 4
	cluster.Timeout = 30 * time.Second
	cluster.Consistency = gocql.LocalQuorum
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// execute runs statements one after another.
func execute(t *testing.T, session *gocql.Session, statements ...string) {
	t.Helper()
	for _, cql := range statements {
		if err := session.Query(cql).WithContext(t.Context()).Exec(); err != nil {
			t.Fatalf("%s: %v", cql, err)
		}
	}
}

// createKeyspace makes a fresh keyspace with replication factor 1.
func createKeyspace(t *testing.T, session *gocql.Session, name string) {
	t.Helper()
	execute(t, session, "CREATE KEYSPACE "+name+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
}
