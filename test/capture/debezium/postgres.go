package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"ingest/test/captured"
	"ingest/test/stack"
)

// unprivileged is who runs PostgreSQL where this program is root.
const unprivileged = "nobody"

type postgres struct {
	process *stack.Process
	port    int
	psql    string
}

func startPostgres(ctx context.Context, s *stack.Stack, dir string) (*postgres, error) {
	const pattern, install = "/usr/lib/postgresql/*/bin", "postgresql"
	var paths [3]string
	for i, name := range []string{"initdb", "postgres", "psql"} {
		path, err := find(name, pattern, install)
		if err != nil {
			return nil, err
		}
		paths[i] = path
	}
	port, err := s.FreePort()
	if err != nil {
		return nil, err
	}
	as, err := dropRights(dir)
	if err != nil {
		return nil, err
	}
	initdb := append(as, paths[0], "-D", dir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if _, err := printed(ctx, nil, "", initdb...); err != nil {
		return nil, err
	}
	db := &postgres{port: port, psql: paths[2]}
	argv := append(as, paths[1], "-D", dir, "-k", "", "-h", "127.0.0.1", "-p", strconv.Itoa(port),
		"-c", "wal_level=logical", "-c", "fsync=off", "-c", "max_wal_senders=20", "-c", "max_replication_slots=20", "-c", "timezone=UTC")
	db.process, err = s.Launch(ctx, stack.Server{
		Name: "postgres", Addr: fmt.Sprintf("127.0.0.1:%d", port), Args: argv,
		Ready: func(ctx context.Context) error { return db.exec(ctx, "SELECT 1") },
	})
	return db, err
}

// dropRights makes the folder of a server, and gives the command that runs another
// without root's rights: PostgreSQL refuses them.
func dropRights(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(unprivileged)
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil { // the other user walks through it
		return nil, err
	}
	// A change of user takes away the signal that the parent's death sends.
	return []string{"setpriv", "--reuid", u.Uid, "--regid", u.Gid, "--clear-groups", "--pdeathsig", "KILL", "--"}, nil
}

// stop ends the server in order: a killed one would leave shared memory.
func (p *postgres) stop() {
	if err := p.process.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
	}
}

func (p *postgres) query(ctx context.Context, sql string) (string, error) {
	// Each column as text in the forms that other programs read.
	env := []string{"PGOPTIONS=-c intervalstyle=iso_8601 -c bytea_output=hex -c client_min_messages=warning"}
	out, err := printed(ctx, env, sql, p.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
		"-h", "127.0.0.1", "-p", strconv.Itoa(p.port), "-U", "postgres", "-d", "postgres", "-f", "-")
	return strings.TrimSpace(out), err
}

func (p *postgres) exec(ctx context.Context, sql string) error {
	_, err := p.query(ctx, sql)
	return err
}

func (p *postgres) version(ctx context.Context) (string, error) {
	v, err := p.query(ctx, "SHOW server_version")
	return "PostgreSQL " + v, err
}

// rows lets hstore make each column's text.
func (p *postgres) rows(ctx context.Context, table string) ([]captured.Row, error) {
	out, err := p.query(ctx, fmt.Sprintf(`SELECT coalesce(json_agg(hstore_to_json(hstore(the_row)) ORDER BY the_row::text), '[]') FROM %q the_row`, table))
	if err != nil {
		return nil, err
	}
	var rows []captured.Row
	return rows, json.Unmarshal([]byte(out), &rows)
}

func (p *postgres) settings() map[string]string {
	return map[string]string{
		"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "plugin.name": "pgoutput",
		"database.hostname": "127.0.0.1", "database.port": strconv.Itoa(p.port),
		"database.user": "postgres", "database.dbname": "postgres", "publication.autocreate.mode": "filtered",
	}
}

func (p *postgres) topic(table string) string { return "public." + table }
