package stack

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/gocql/gocql"
)

// cassandraAccess is how the stack itself connects to its nodes. The zero value
// connects without TLS and password.
type cassandraAccess struct {
	tls            *tls.Config
	user, password string
}

// probe succeeds when the node answers a query.
func (a cassandraAccess) probe(ctx context.Context, addr string) error {
	// Until the port is open a driver would only make noise.
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	conn.Close()
	session, err := a.anySession(addr)
	if err != nil {
		return err
	}
	defer session.Close()
	var version string
	return session.Query("SELECT release_version FROM system.local").WithContext(ctx).Scan(&version)
}

// anySession logs in as the stack's user, or as the one that a new cluster has.
func (a cassandraAccess) anySession(addr string) (*gocql.Session, error) {
	session, err := a.session(addr)
	if err == nil || a.user == "" {
		return session, err
	}
	initial := a
	initial.user, initial.password = "cassandra", "cassandra"
	session, initialErr := initial.session(addr)
	if initialErr != nil {
		return nil, err
	}
	return session, nil
}

// session connects to one node only.
func (a cassandraAccess) session(addr string) (*gocql.Session, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, err
	}
	cluster := gocql.NewCluster(host)
	cluster.Port = port
	cluster.ProtoVersion = 4
	cluster.NumConns = 1
	cluster.ConnectTimeout = 3 * time.Second
	cluster.Timeout = 10 * time.Second
	cluster.DisableInitialHostLookup = true
	cluster.Consistency = gocql.One
	cluster.Logger = silent{}
	// Sessions are short: nothing may go on working after their end.
	cluster.Events.DisableNodeStatusEvents = true
	cluster.Events.DisableTopologyEvents = true
	cluster.Events.DisableSchemaEvents = true
	if a.tls != nil {
		cluster.SslOpts = &gocql.SslOptions{Config: a.tls, EnableHostVerification: true}
	}
	if a.user != "" {
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: a.user, Password: a.password}
	}
	return cluster.CreateSession()
}

// AwaitRing waits until every Cassandra node sees every node, for instance after
// one was started again.
func (s *Stack) AwaitRing(ctx context.Context) error { return s.awaitRing(ctx) }

// awaitRing waits until every node sees every node, by a read at ALL through
// each, and until all have one schema.
func (s *Stack) awaitRing(ctx context.Context) error {
	started := time.Now()
	err := poll(ctx, s.options.StartTimeout, func(ctx context.Context) error {
		schemas := map[string]bool{}
		for _, p := range s.Cassandra {
			schema, err := s.askRing(ctx, p.Addr)
			if err != nil {
				return err
			}
			schemas[schema] = true
		}
		if len(schemas) > 1 {
			return fmt.Errorf("the nodes have %d different schemas", len(schemas))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("waiting until the Cassandra nodes see each other: %w", err)
	}
	s.say(fmt.Sprintf("the Cassandra nodes see each other after %s", seconds(time.Since(started))))
	return nil
}

// askRing reads from a table that Cassandra itself keeps three times, and
// returns the node's schema version.
func (s *Stack) askRing(ctx context.Context, addr string) (schema string, err error) {
	session, err := s.access.session(addr)
	if err != nil {
		return "", err
	}
	defer session.Close()
	var rows int
	err = session.Query("SELECT count(*) FROM system_distributed.view_build_status WHERE keyspace_name = '' AND view_name = ''").
		Consistency(gocql.All).WithContext(ctx).Scan(&rows)
	if err != nil {
		return "", err
	}
	var version gocql.UUID
	err = session.Query("SELECT schema_version FROM system.local").WithContext(ctx).Scan(&version)
	return version.String(), err
}

// secureCassandra replaces the user that everybody knows by the stack's own. On
// a ring, users must be on every node before they are made: no repair is run.
func (s *Stack) secureCassandra(ctx context.Context) error {
	addr := s.Cassandra[0].Addr
	steps := []string{
		fmt.Sprintf("CREATE ROLE IF NOT EXISTS %s WITH PASSWORD = '%s' AND LOGIN = true AND SUPERUSER = true",
			s.access.user, s.access.password),
		fmt.Sprintf("ALTER ROLE cassandra WITH PASSWORD = '%s'", s.access.password),
	}
	if len(s.Cassandra) > 1 {
		steps = append([]string{"ALTER KEYSPACE system_auth WITH replication = " +
			"{'class': 'SimpleStrategy', 'replication_factor': 3}"}, steps...)
	}
	return s.run(ctx, addr, steps...)
}

// run executes statements in one session.
func (s *Stack) run(ctx context.Context, addr string, statements ...string) error {
	session, err := s.access.anySession(addr)
	if err != nil {
		return fmt.Errorf("connecting to Cassandra at %s: %w", addr, err)
	}
	defer session.Close()
	for i, statement := range statements {
		if err := session.Query(statement).WithContext(ctx).Exec(); err != nil {
			// Not the statement itself: it may hold a password.
			return fmt.Errorf("setting up Cassandra, statement %d of %d: %w", i+1, len(statements), err)
		}
	}
	return nil
}

// silent drops what gocql would print while a node is not up yet.
type silent struct{}

func (silent) Print(...any)          {}
func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
