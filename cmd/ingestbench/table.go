package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gocql/gocql"
)

// table is one shape's table on a session of its own.
type table struct {
	shape   *shape
	session *gocql.Session
	name    string // with its keyspace
}

// connect opens a session for the preparations and the checks.
func connect(s *servers) (*gocql.Session, error) {
	session, err := newCluster(s.hosts, s.port).CreateSession()
	if err != nil {
		return nil, fmt.Errorf("connecting to Cassandra: %w", err)
	}
	return session, nil
}

// newCluster sets the driver up as the worker does: no retries and no
// timestamps of its own, protocol v4.
func newCluster(hosts []string, port int) *gocql.ClusterConfig {
	cluster := gocql.NewCluster(hosts...)
	cluster.Port = port
	cluster.ProtoVersion = 4
	cluster.Timeout = 2 * time.Minute // TRUNCATE has a minute on the server
	cluster.WriteTimeout = cluster.Timeout
	cluster.ConnectTimeout = 10 * time.Second
	cluster.RetryPolicy = nil
	cluster.DefaultTimestamp = false
	return cluster
}

func tableName(s *shape) string { return keyspace + "." + s.name }

// create makes the table unless it is there. It is never dropped: the server may
// keep statements that were prepared for a table of the same name.
func (t *table) create(ctx context.Context) error {
	var columns strings.Builder
	for _, c := range t.shape.columns() {
		columns.WriteString(c.name + " " + c.cql + ", ")
	}
	for _, statement := range []string{
		"CREATE KEYSPACE IF NOT EXISTS " + keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE IF NOT EXISTS " + t.name + " (" + columns.String() + "PRIMARY KEY " + t.shape.primaryKey + ")",
	} {
		if err := t.session.Query(statement).WithContext(ctx).Exec(); err != nil {
			return fmt.Errorf("creating table %s: %w", t.name, err)
		}
	}
	return nil
}

func (t *table) truncate(ctx context.Context) error {
	if err := t.session.Query("TRUNCATE " + t.name).WithContext(ctx).Exec(); err != nil {
		return fmt.Errorf("truncating table %s: %w", t.name, err)
	}
	return nil
}

// countRanges is into how many queries a count is split, so that each stays
// below the server's timeouts.
const countRanges = 64

// count counts the rows.
func (t *table) count(ctx context.Context) (int, error) {
	query := fmt.Sprintf("SELECT count(*) FROM %s WHERE token(%s) > ? AND token(%[2]s) <= ?", t.name, t.shape.key)
	const width = math.MaxUint64 / countRanges
	sum, low := 0, int64(math.MinInt64)
	for i := range countRanges {
		high := low + width
		if i == countRanges-1 {
			high = math.MaxInt64
		}
		var n int
		if err := t.session.Query(query, low, high).WithContext(ctx).Scan(&n); err != nil {
			return 0, fmt.Errorf("counting the rows of %s: %w", t.name, err)
		}
		sum, low = sum+n, high
	}
	return sum, nil
}

// spotChecks is how many rows are compared cell by cell.
const spotChecks = 100

// check fails unless the table holds one row for each record, and compares
// some of them with what they were made of.
func (t *table) check(ctx context.Context, records int) error {
	found, err := t.count(ctx)
	if err != nil {
		return err
	}
	if found != records {
		return fmt.Errorf("table %s holds %d rows, %d were expected", t.name, found, records)
	}
	for i := range spotChecks {
		if err := t.checkRow(ctx, spread(i, records)); err != nil {
			return err
		}
	}
	return nil
}

// rawCell takes a cell as the server sends it; nil is null.
type rawCell []byte

// UnmarshalCQL keeps a copy.
func (c *rawCell) UnmarshalCQL(_ gocql.TypeInfo, data []byte) error {
	*c = bytes.Clone(data)
	return nil
}

// checkRow compares the row of a record.
func (t *table) checkRow(ctx context.Context, record int) error {
	var names, where []string
	for i, c := range t.shape.columns() {
		names = append(names, c.name)
		if i < t.shape.keyColumns() {
			where = append(where, c.name+" = ?")
		}
	}
	r := t.shape.sample(record)
	found := make([]rawCell, columnCount)
	into := make([]any, columnCount)
	for i := range found {
		into[i] = &found[i]
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + t.name + " WHERE " + strings.Join(where, " AND ")
	key := []any{r.key(), r.Seq}[:t.shape.keyColumns()]
	if err := t.session.Query(query, key...).WithContext(ctx).Scan(into...); err != nil {
		return fmt.Errorf("reading the row of record %d from %s: %w", record, t.name, err)
	}
	data, lengths := r.appendCells(nil)
	for i, length := range lengths {
		want := []byte(nil)
		if length != null {
			want, data = data[:length], data[length:]
		}
		if !bytes.Equal(found[i], want) || (found[i] == nil) != (want == nil) {
			return fmt.Errorf("column %s of the row of record %d in %s is not what the record says", names[i], record, t.name)
		}
	}
	return nil
}
