package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"ingest/test/captured"
	"ingest/test/stack"
)

type mariadb struct {
	port    int
	client  string
	brokers string
}

func startMariaDB(ctx context.Context, s *stack.Stack, dir string) (*mariadb, error) {
	var paths [3]string
	for i, name := range []string{"mariadb-install-db", "mariadbd", "mariadb"} {
		path, err := find(name, "/usr/sbin", "mariadb-server")
		if err != nil {
			return nil, err
		}
		paths[i] = path
	}
	port, err := s.FreePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	var as []string
	if os.Getuid() == 0 {
		as = []string{"--user=root"}
	}
	install := append([]string{paths[0], "--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db"}, as...)
	if _, err := printed(ctx, nil, "", install...); err != nil {
		return nil, err
	}
	db := &mariadb{port: port, client: paths[2], brokers: strings.Join(s.Brokers(), ",")}
	argv := append([]string{
		paths[1], "--no-defaults", "--datadir=" + data, "--socket=" + filepath.Join(dir, "socket"), "--pid-file=" + filepath.Join(dir, "pid"),
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--server-id=1", "--log-bin=" + filepath.Join(data, "log"),
		"--binlog-format=ROW", "--binlog-row-image=FULL", "--character-set-server=utf8mb4", "--default-time-zone=+00:00", "--skip-name-resolve",
	}, as...)
	_, err = s.Launch(ctx, stack.Server{
		Name: "mariadb", Addr: fmt.Sprintf("127.0.0.1:%d", port), Args: argv,
		Ready: func(ctx context.Context) error {
			_, err := db.query(ctx, "", "SELECT 1")
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	_, err = db.query(ctx, "", "CREATE DATABASE demo; CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'reader'; GRANT ALL ON *.* TO reader@'127.0.0.1'")
	return db, err
}

func (m *mariadb) query(ctx context.Context, database, sql string) (string, error) {
	out, err := printed(ctx, nil, sql, m.client, "--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--port="+strconv.Itoa(m.port), "--user=root",
		"--batch", "--raw", "--skip-column-names", "--default-character-set=utf8mb4", "--database="+database)
	return strings.TrimSpace(out), err
}

func (m *mariadb) exec(ctx context.Context, sql string) error {
	_, err := m.query(ctx, "demo", sql)
	return err
}

func (m *mariadb) version(ctx context.Context) (string, error) {
	v, err := m.query(ctx, "", "SELECT version()")
	return "MariaDB " + v, err
}

// binaries are the types whose text is that of their bytes, in hexadecimal digits.
const binaries = "'binary','varbinary','blob','tinyblob','mediumblob','longblob','bit','point','geometry'"

func (m *mariadb) rows(ctx context.Context, table string) ([]captured.Row, error) {
	fields, err := m.query(ctx, "demo", fmt.Sprintf("SET SESSION group_concat_max_len = 100000; SELECT group_concat(concat(quote(column_name), ', ', "+
		"if(data_type IN (%s), 'hex(`', 'cast(`'), column_name, if(data_type IN (%s), '`)', '` AS char)')) ORDER BY ordinal_position) "+
		"FROM information_schema.columns WHERE table_schema = 'demo' AND table_name = '%s'", binaries, binaries, table))
	if err != nil {
		return nil, err
	}
	out, err := m.query(ctx, "demo", fmt.Sprintf("SELECT json_object(%s) FROM `%s` ORDER BY 1", fields, table))
	if err != nil || out == "" {
		return nil, err
	}
	var rows []captured.Row
	for _, line := range strings.Split(out, "\n") {
		var row captured.Row
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return nil, fmt.Errorf("a row of %s: %w", table, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (m *mariadb) settings() map[string]string {
	return map[string]string{
		"connector.class":   "io.debezium.connector.mariadb.MariaDbConnector",
		"database.hostname": "127.0.0.1", "database.port": strconv.Itoa(m.port),
		"database.user": "reader", "database.password": "reader", "database.include.list": "demo",
		"schema.history.internal.kafka.bootstrap.servers": m.brokers,
	}
}

func (m *mariadb) topic(table string) string { return "demo." + table }
