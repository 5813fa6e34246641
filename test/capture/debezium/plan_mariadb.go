package main

func mariadbPlan() *plan {
	every := []string{"numbers", "words", "times", "logs"}
	return &plan{
		database: "mariadb", artifact: "io.debezium:debezium-connector-mariadb",
		setup: mariadbSetup, steps: mariadbSteps,
		connectors: []connector{
			{name: "defaults", tables: every, settings: map[string]string{
				"provide.transaction.metadata": "true", "heartbeat.interval.ms": "500", "skipped.operations": "none",
			}},
			{name: "connect", tables: []string{"numbers", "times"}, settings: map[string]string{
				"time.precision.mode": "connect", "decimal.handling.mode": "string", "bigint.unsigned.handling.mode": "precise", "tombstones.on.delete": "false",
			}},
		},
	}
}

var mariadbSetup = []string{
	`CREATE TABLE numbers (id int PRIMARY KEY, i1 tinyint, b tinyint(1), u1 tinyint unsigned, u2 smallint unsigned, i3 mediumint, u4 int unsigned, i8 bigint, u8 bigint unsigned,
	d38 decimal(38,10), d5 decimal(5,2) NOT NULL DEFAULT 1.50, f float, f8 double, bit1 bit(1), bit12 bit(12), bo boolean, y year);
	INSERT INTO numbers VALUES
	(1, 127, 1, 255, 65535, 8388607, 4294967295, 9223372036854775807, 9223372036854775807, 1234567890123456789012345678.0123456789, 999.99, 1.5, 2.25, b'1', b'101010101010', true, 2024),
	(2, -128, 0, 0, 0, -8388608, 0, -9223372036854775808, 0, -0.0000000001, -999.99, -1.5, -1.7e308, b'0', b'000000000001', false, 1901),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL)`,

	`CREATE TABLE words (id int PRIMARY KEY, c char(5), vc varchar(20), bi binary(4), vb varbinary(8), bl blob, t text, j json, en enum('small','very large'), st set('a','b','c'), u uuid, pt point);
	INSERT INTO words VALUES
	(1, 'ab', 'größe 😀', x'01020304', x'00ff', x'deadbeef', 'text', '{"a": 1}', 'very large', 'a,c', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', ST_GeomFromText('POINT(1.5 -2)')),
	(2, '', '', x'', x'', x'', '', '{}', 'small', '', '00000000-0000-0000-0000-000000000000', ST_GeomFromText('POINT(0 0)')),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,

	`CREATE TABLE times (id int PRIMARY KEY, d date, t0 time, t3 time(3), t6 time(6), dt0 datetime, dt3 datetime(3), dt6 datetime(6), ts0 timestamp NULL, ts6 timestamp(6) NULL);
	INSERT INTO times VALUES
	(1, '2024-02-29', '10:11:12', '10:11:12.345', '10:11:12.345678', '2024-02-29 10:11:12', '2024-02-29 10:11:12.345', '2024-02-29 10:11:12.345678', '2024-02-29 10:11:12', '2024-02-29 10:11:12.345678'),
	(2, '1969-12-31', '00:00:00', '23:59:59.999', '23:59:59.999999', '1969-12-31 23:59:59', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59.999999', '1970-01-01 00:00:01', '1970-01-01 00:00:01.000001'),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,

	`CREATE TABLE logs (id int PRIMARY KEY, line text);
	INSERT INTO logs VALUES (1, 'one')`,
}

var mariadbSteps = []step{
	{table: "numbers", sql: `INSERT INTO numbers (id, i1, u8, d38) VALUES (4, 0, 1, 100)`, events: 1},
	{table: "numbers", sql: `UPDATE numbers SET i1 = NULL, u4 = 5, d38 = 1, bit12 = b'1' WHERE id = 1`, events: 1},
	{table: "numbers", sql: `UPDATE numbers SET id = 20 WHERE id = 2`, events: 2, tombstones: 1},
	{table: "numbers", sql: `DELETE FROM numbers WHERE id = 3`, events: 1, tombstones: 1},

	{table: "words", sql: `UPDATE words SET vc = 'now', bl = x'0102', en = 'small', st = 'b' WHERE id = 3`, events: 1},
	{table: "words", sql: `UPDATE words SET vc = NULL, u = NULL, bl = NULL WHERE id = 1`, events: 1},
	{table: "words", sql: `DELETE FROM words WHERE id = 2`, events: 1, tombstones: 1},

	{table: "times", sql: `INSERT INTO times VALUES (4, '2100-01-01', '12:00:00', '12:00:00', '12:00:00', '2100-01-01 00:00:00', '2100-01-01 00:00:00', '2100-01-01 00:00:00',
	'2037-01-01 00:00:00', '2037-01-01 00:00:00')`, events: 1},
	{table: "times", sql: `UPDATE times SET d = NULL, dt6 = NULL, ts0 = '2000-01-01 00:00:00' WHERE id = 1`, events: 1},
	{table: "times", sql: `DELETE FROM times WHERE id = 2`, events: 1, tombstones: 1},

	{table: "logs", sql: `INSERT INTO logs VALUES (2, 'two')`, events: 1},
	{table: "logs", sql: `TRUNCATE TABLE logs`, events: 1},
	{table: "logs", sql: `INSERT INTO logs VALUES (3, 'three')`, events: 1},
}
