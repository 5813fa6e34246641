//go:build stack && crash

package crash

import (
	"context"
	"fmt"

	"github.com/gocql/gocql"
	"golang.org/x/sync/errgroup"

	"ingest/test/oracle"
)

// Keys are read so many at a time, so many reads side by side.
const (
	keysPerRead = 25
	readers     = 4
)

// readKeys gives those of the rows that are there, as a consistency level shows
// them.
func (w *world) readKeys(ctx context.Context, keys []string, level gocql.Consistency) (map[string]oracle.Row, error) {
	parts := make([]map[string]oracle.Row, (len(keys)+keysPerRead-1)/keysPerRead)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i := range parts {
		some := keys[i*keysPerRead : min((i+1)*keysPerRead, len(keys))]
		group.Go(func() (err error) {
			parts[i], err = oracle.Read(w.session.Query("SELECT "+oracle.Selection+" FROM "+table+" WHERE id IN ?", some).Consistency(level).WithContext(ctx).Iter())
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("reading %d rows: %w", len(keys), err)
	}
	all := map[string]oracle.Row{}
	for _, part := range parts {
		for key, row := range part {
			all[key] = row
		}
	}
	return all, nil
}

// readTable gives all rows.
func (w *world) readTable(ctx context.Context) (map[string]oracle.Row, error) {
	rows, err := oracle.Read(w.session.Query("SELECT " + oracle.Selection + " FROM " + table).WithContext(ctx).PageSize(1000).Iter())
	if err != nil {
		return nil, fmt.Errorf("reading the table: %w", err)
	}
	return rows, nil
}

// keysOf gives the keys of records, each once.
func keysOf(records ...[]oracle.Record) []string {
	var keys []string
	seen := map[string]bool{}
	for _, some := range records {
		for i := range some {
			if key := some[i].Key; !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	return keys
}
