package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/big"
	"os"
	"strings"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"ingest/test/stack"
)

const (
	topic      = "orders"
	partitions = 6
	orders     = 5000
	customers  = 100
)

// sample is the prepared topic.
type sample struct {
	brokers  []string
	schema   *avro.Schema
	schemaID int
}

// prepare creates what the example needs.
func prepare(ctx context.Context, servers *stack.Stack) (*sample, error) {
	if err := createTables(ctx, servers); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(servers.Brokers()...))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	forever := "-1" // the sample's timestamps may be older than the default retention
	if _, err := kadm.NewClient(client).CreateTopic(ctx, partitions, 1, map[string]*string{"retention.ms": &forever}, topic); err != nil {
		return nil, fmt.Errorf("creating topic %s: %w", topic, err)
	}
	text, err := os.ReadFile(example + "/orders-value.avsc")
	if err != nil {
		return nil, err
	}
	schema, err := avro.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("parsing %s/orders-value.avsc: %w", example, err)
	}
	registry, err := sr.NewClient(sr.URLs(servers.RegistryURL()))
	if err != nil {
		return nil, err
	}
	registered, err := registry.CreateSchema(ctx, topic+"-value", sr.Schema{Schema: string(text)})
	if err != nil {
		return nil, fmt.Errorf("registering the schema: %w", err)
	}
	return &sample{brokers: servers.Brokers(), schema: schema, schemaID: registered.ID}, nil
}

func createTables(ctx context.Context, servers *stack.Stack) error {
	session, err := connect(servers)
	if err != nil {
		return err
	}
	defer session.Close()
	text, err := os.ReadFile(example + "/schema.cql")
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if err := session.Query(statement).WithContext(ctx).Exec(); err != nil {
			return fmt.Errorf("creating the tables: %w", err)
		}
	}
	return nil
}

func connect(servers *stack.Stack) (*gocql.Session, error) {
	cluster := gocql.NewCluster(servers.CassandraHosts()...)
	cluster.Port = servers.CassandraPort()
	cluster.ProtoVersion = 4
	cluster.Timeout = 10 * time.Second
	return cluster.CreateSession()
}

// produce places each order, pays it a little later, and deletes every tenth.
func (s *sample) produce(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...), kgo.DefaultProduceTopic(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	var records []*kgo.Record
	for round, status := range []string{"PLACED", "PAID"} {
		for i := range orders {
			value, err := s.encode(i, status)
			if err != nil {
				return err
			}
			records = append(records, &kgo.Record{Key: key(i), Value: value, Timestamp: placedAt(i).Add(time.Duration(round) * time.Hour)})
		}
	}
	for i := 0; i < orders; i += 10 {
		records = append(records, &kgo.Record{Key: key(i), Timestamp: placedAt(i).Add(2 * time.Hour)})
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("producing: %w", err)
	}
	return nil
}

func key(i int) []byte { return fmt.Appendf(nil, "order-%05d", i) }

func placedAt(i int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Minute)
}

// encode gives an order in the registry's framing: a zero byte, the schema id,
// the Avro bytes.
func (s *sample) encode(i int, status string) ([]byte, error) {
	framed := binary.BigEndian.AppendUint32([]byte{0}, uint32(s.schemaID))
	var note any
	if i%3 == 0 {
		note = "leave at the door"
	}
	return s.schema.AppendEncode(framed, map[string]any{
		"customer_id": fmt.Sprintf("00000000-0000-4000-8000-%012d", i%customers),
		"status":      status,
		"total":       big.NewRat(int64(1000+i*7), 100),
		"placed_at":   placedAt(i),
		"note":        note,
		"tags":        []string{"demo", fmt.Sprintf("lane-%d", i%4)},
		"items":       []any{map[string]any{"sku": fmt.Sprintf("article-%d", i%50), "quantity": int32(1 + i%3), "price": big.NewRat(int64(1000+i*7), 100)}},
	})
}
