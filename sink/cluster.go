package sink

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gocql/gocql"

	"ingest/config/secret"
	"ingest/sink/astra"
)

// Fixed settings of the driver. Statements are prepared for each node, so their
// cache must hold nodes times statements.
const (
	reconnectEvery   = 5 * time.Second
	reconnectPause   = 100 * time.Millisecond
	keepAlive        = 15 * time.Second
	preparedCache    = 50_000
	catalogPage      = 500
	connectionsToAll = 2 // connections to each node
)

// link is one session of the driver and what belongs to it.
type link struct {
	session *gocql.Session
	policy  *policy
}

// opener makes sessions of the driver.
type opener struct {
	config CassandraConfig
	nodes  *registry
	log    *slog.Logger
}

// open makes one attempt to connect. It ends soon after ctx.
func (o *opener) open(ctx context.Context) (*link, error) {
	open := &connections{}
	centres := &centres{want: o.config.Datacenter}
	policy := newPolicy(o.nodes)
	level, err := parseConsistency(o.config.Consistency)
	if err != nil {
		return nil, &unusable{fmt.Errorf("INGEST_CASSANDRA_CONSISTENCY: %w", err)}
	}
	cluster := o.cluster(level, policy, centres)
	if err := o.wayTo(ctx, cluster, centres, open); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, open.abort) // the driver takes no context
	defer stop()
	session, err := newSession(cluster)
	err = centres.judge(err)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if session != nil {
			session.Close()
		}
		return nil, err
	}
	open.settle()
	return &link{session: session, policy: policy}, nil
}

// newSession turns the driver's panics into errors: it has some in its start-up
// for clusters whose tables it did not expect.
func newSession(cluster *gocql.ClusterConfig) (session *gocql.Session, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the driver panicked while connecting: %v", p)
		}
	}()
	return cluster.CreateSession()
}

// wayTo says how the cluster's nodes are found and connected to.
func (o *opener) wayTo(ctx context.Context, cluster *gocql.ClusterConfig, c *centres, open *connections) error {
	net := net.Dialer{Timeout: o.config.ConnectTimeout, KeepAlive: keepAlive}
	if o.config.behindBundle() {
		way := astra.NewDialer(o.config.Astra.BundleFile, net)
		var err error
		cluster.Hosts, err = o.lookBehind(ctx, way, c)
		cluster.HostDialer, cluster.HostFilter = &proxied{way: way, open: open}, ownAddresses{c}
		return err
	}
	if _, err := o.config.TLS.Config(); err != nil {
		return &unusable{fmt.Errorf("INGEST_CASSANDRA_TLS: %w", err)}
	}
	cluster.Dialer = &dialer{dialer: secret.Dialer{TLS: o.config.TLS, Net: net}, open: open}
	return nil
}

func (o *opener) cluster(level gocql.Consistency, p *policy, c *centres) *gocql.ClusterConfig {
	cluster := gocql.NewCluster(o.config.Hosts...)
	cluster.Port = o.config.Port
	cluster.ProtoVersion = 4 // the driver's v5 does not work with Cassandra 5.0
	cluster.Consistency = level
	cluster.Timeout = o.config.Timeout
	cluster.WriteTimeout = o.config.Timeout
	cluster.ConnectTimeout = o.config.ConnectTimeout
	cluster.NumConns = connectionsToAll
	cluster.MaxPreparedStmts = preparedCache
	cluster.PageSize = catalogPage
	cluster.ReconnectInterval = reconnectEvery
	// The driver sleeps between these attempts even when its session is closed.
	cluster.ReconnectionPolicy = &gocql.ConstantReconnectionPolicy{MaxRetries: 3, Interval: reconnectPause}
	// A retry by the driver would not ask whether a write may be repeated, and
	// a timestamp by the driver would change with every attempt.
	cluster.RetryPolicy = nil
	cluster.DefaultTimestamp = false
	// Cached result metadata goes stale when a table changes (CASSANDRA-10786).
	cluster.DisableSkipMetadata = true
	cluster.PoolConfig.HostSelectionPolicy = p
	cluster.HostFilter = c
	cluster.Logger = driverLog{o.log}
	if user, _ := o.config.credentials(); user != "" {
		cluster.AuthProvider = o.authenticate
	}
	return cluster
}

// authenticate reads the password for each connection, so that a rotated one is
// taken up.
func (o *opener) authenticate(*gocql.HostInfo) (gocql.Authenticator, error) {
	user, secret := o.config.credentials()
	password, err := secret.Reveal()
	if err != nil {
		return nil, err
	}
	a := gocql.PasswordAuthenticator{Username: user, Password: password}
	if o.config.behindBundle() {
		a.AllowedAuthenticators = astraAuthenticators
	}
	return a, nil
}

// unusable is a fault of the configuration that no waiting mends.
type unusable struct{ error }

func (u *unusable) Unwrap() error { return u.error }

// centres lets the driver see the nodes of one data centre and remembers which
// data centres there are.
type centres struct {
	want string
	mu   sync.Mutex
	seen []string
}

// Accept is called for each node that the driver learns of.
func (c *centres) Accept(h *gocql.HostInfo) bool {
	name := h.DataCenter()
	c.mu.Lock()
	defer c.mu.Unlock()
	if name != "" && !slices.Contains(c.seen, name) {
		c.seen = append(c.seen, name)
		slices.Sort(c.seen)
	}
	return c.want == "" || name == c.want
}

// judge says why the cluster's data centres do not fit the configuration. A
// local consistency level without a data centre would mean another one with
// every coordinator, which no waiting mends. A data centre that nobody has seen
// may only be down.
func (c *centres) judge(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.want == "" && len(c.seen) > 1:
		return &unusable{fmt.Errorf("INGEST_CASSANDRA_DATACENTER: is not set, and the cluster has several data centres: %s; name the one to write to", strings.Join(c.seen, ", "))}
	case err != nil && c.want != "" && len(c.seen) > 0 && !slices.Contains(c.seen, c.want):
		return fmt.Errorf("no node of the data centre %q (INGEST_CASSANDRA_DATACENTER) can be found, only of %s: %w", c.want, strings.Join(c.seen, ", "), err)
	}
	return err
}

// driverLog passes the driver's own lines on. They repeat what this package
// reports by itself, so they are for debugging.
type driverLog struct{ log *slog.Logger }

func (l driverLog) Print(v ...any)                 { l.write(fmt.Sprint(v...)) }
func (l driverLog) Println(v ...any)               { l.write(fmt.Sprintln(v...)) }
func (l driverLog) Printf(format string, v ...any) { l.write(fmt.Sprintf(format, v...)) }
func (l driverLog) write(line string) {
	l.log.Debug("cassandra driver", "line", strings.TrimSpace(line))
}
