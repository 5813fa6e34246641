//go:build stack

package secure

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"ingest/test/harness"
)

const (
	topic    = "goods"
	keyspace = "goods"
	records  = 20
)

// goods is a topic with a handful of records, and a connection to the cluster
// to see them arrive. The test itself uses the unsecured ways to Kafka and the
// registry, which are there beside the others.
type goods struct {
	t     *testing.T
	cql   *gocql.Session
	cases int
	admin *kadm.Client
}

func newGoods(t *testing.T) *goods {
	t.Helper()
	g := &goods{t: t, cql: session(t)}
	g.execute("CREATE KEYSPACE " + keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	client, err := kgo.NewClient(kgo.SeedBrokers(servers.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	g.admin = kadm.NewClient(client)
	created, err := g.admin.CreateTopic(t.Context(), 2, 1, nil, topic)
	if err = errors.Join(err, created.Err); err != nil {
		t.Fatalf("creating the topic: %v", err)
	}
	if err := client.ProduceSync(t.Context(), sample(t)...).FirstErr(); err != nil {
		t.Fatalf("producing: %v", err)
	}
	return g
}

// sample gives records whose keys are item-0 to item-19.
func sample(t *testing.T) []*kgo.Record {
	t.Helper()
	const text = `{"type": "record", "name": "Item", "fields": [{"name": "n", "type": "long"}]}`
	registry, err := sr.NewClient(sr.URLs(servers.RegistryURL()))
	if err != nil {
		t.Fatal(err)
	}
	registered, err := registry.CreateSchema(t.Context(), topic+"-value", sr.Schema{Schema: text})
	if err != nil {
		t.Fatalf("registering the schema: %v", err)
	}
	schema, err := avro.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var out []*kgo.Record
	for i := range records {
		value, err := schema.AppendEncode(binary.BigEndian.AppendUint32([]byte{0}, uint32(registered.ID)), map[string]any{"n": int64(i)})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, &kgo.Record{Topic: topic, Key: []byte(fmt.Sprintf("item-%d", i)), Value: value})
	}
	return out
}

func session(t *testing.T) *gocql.Session {
	t.Helper()
	s := servers.Security
	cluster := gocql.NewCluster(servers.CassandraHosts()...)
	cluster.Port = servers.CassandraPort()
	cluster.ProtoVersion = 4
	cluster.Timeout = 30 * time.Second
	cluster.Authenticator = gocql.PasswordAuthenticator{Username: s.CassandraUser, Password: s.CassandraPassword}
	cluster.SslOpts = &gocql.SslOptions{CaPath: s.CAFile, EnableHostVerification: true}
	opened, err := cluster.CreateSession()
	if err != nil {
		t.Fatalf("connecting to Cassandra: %v", err)
	}
	t.Cleanup(opened.Close)
	return opened
}

func (g *goods) execute(cql string) {
	g.t.Helper()
	if err := g.cql.Query(cql).WithContext(g.t.Context()).Exec(); err != nil {
		g.t.Fatalf("%s: %v", cql, err)
	}
}

// delivery is one run that moves the records into a table of its own.
type delivery struct {
	*goods
	t     *testing.T
	table string
	env   map[string]string
}

// deliver prepares a run with what the stack itself says about its secured
// servers; the test changes env as it needs.
func (g *goods) deliver(t *testing.T) *delivery {
	t.Helper()
	g.cases++
	d := &delivery{goods: g, t: t, table: fmt.Sprintf("%s.case_%d", keyspace, g.cases), env: map[string]string{}}
	g.execute("CREATE TABLE " + d.table + " (id text PRIMARY KEY, n bigint)")
	for _, line := range servers.Env() {
		name, value, _ := strings.Cut(line, "=")
		d.env[name] = value
	}
	maps.Copy(d.env, map[string]string{
		"INGEST_MAPPING_FILE": d.mapping(), "INGEST_KAFKA_GROUP_ID": d.table,
		"INGEST_DEAD_LETTER_TOPIC": d.table + ".letters", "INGEST_DEAD_LETTER_PARTITIONS": "1",
	})
	return d
}

func (d *delivery) mapping() string {
	d.t.Helper()
	return harness.WriteMapping(d.t, `version: 1
topics:
  - topic: `+topic+`
    key: {format: string}
    tables:
      - table: `+d.table+`
        columns_from: value
        columns:
          id: key
`)
}

// start runs a worker until it has caught up.
func (d *delivery) start() *harness.Worker {
	d.t.Helper()
	return startWorker(d.t, d.env, "run", "--until-current")
}

// check holds the table against the records.
func (d *delivery) check() {
	d.t.Helper()
	iter := d.cql.Query("SELECT id, n FROM " + d.table).WithContext(d.t.Context()).Iter()
	var id string
	var n, rows int
	for iter.Scan(&id, &n) {
		rows++
		if id != fmt.Sprintf("item-%d", n) {
			d.t.Errorf("row %s holds %d", id, n)
		}
	}
	if err := iter.Close(); err != nil {
		d.t.Fatal(err)
	}
	if rows != records {
		d.t.Errorf("%d rows, want %d", rows, records)
	}
}
