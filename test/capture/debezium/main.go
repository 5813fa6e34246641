// Command debezium captures what Debezium's connectors emit: it starts PostgreSQL
// and MariaDB, Kafka, a schema registry and Kafka Connect with an Avro converter on
// this machine, runs statements, and writes what came of each to
// test/captured/testdata. All servers listen on loopback alone and end with it.
//
// It needs what the local stack needs, and postgresql and mariadb-server from the
// distribution; and setpriv, because PostgreSQL does not run as root.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"ingest/test/stack"
)

// output is where the files go, from the root of the repository.
const output = "test/captured/testdata"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "debezium-capture:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	s, err := stack.Start(ctx, stack.Options{Registry: true, Progress: stack.WriterProgress(os.Stderr)})
	if err != nil {
		return err
	}
	defer s.Stop()
	dir, err := os.MkdirTemp("", "ingest-capture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return errors.Join(capturePostgres(ctx, s, dir), captureMariaDB(ctx, s, dir))
}

func capturePostgres(ctx context.Context, s *stack.Stack, dir string) error {
	db, err := startPostgres(ctx, s, filepath.Join(dir, "postgres"))
	if err != nil {
		return err
	}
	defer db.stop()
	return capture(ctx, s, db, postgresPlan(), filepath.Join(dir, "connect-postgres"))
}

func captureMariaDB(ctx context.Context, s *stack.Stack, dir string) error {
	db, err := startMariaDB(ctx, s, filepath.Join(dir, "mariadb"))
	if err != nil {
		return err
	}
	return capture(ctx, s, db, mariadbPlan(), filepath.Join(dir, "connect-mariadb"))
}
