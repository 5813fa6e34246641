package main

import "strings"

func postgresPlan() *plan {
	every := []string{"numbers", "words", "times", "documents", "whole", "places", "odd-names", "logs"}
	return &plan{
		database: "postgres", artifact: "io.debezium:debezium-connector-postgres",
		setup: postgresSetup, steps: postgresSteps,
		connectors: []connector{
			{name: "defaults", tables: every, settings: map[string]string{
				"provide.transaction.metadata": "true", "heartbeat.interval.ms": "500", "skipped.operations": "none",
			}},
			{name: "connect", tables: every, settings: map[string]string{
				"time.precision.mode": "connect", "decimal.handling.mode": "string", "hstore.handling.mode": "map", "interval.handling.mode": "string",
				"tombstones.on.delete": "false", "unavailable.value.placeholder": "__gone__", "skipped.operations": "none",
			}},
			{name: "micros", tables: []string{"numbers", "times", "documents"}, settings: map[string]string{
				"time.precision.mode": "adaptive_time_microseconds", "decimal.handling.mode": "double", "unavailable.value.placeholder": "hex:7e676f6e657e",
			}},
			{name: "isostring", tables: []string{"times"}, settings: map[string]string{"time.precision.mode": "isostring"}},
			{name: "microseconds", tables: []string{"times"}, settings: map[string]string{"time.precision.mode": "microseconds"}},
			{name: "nanoseconds", tables: []string{"times"}, settings: map[string]string{"time.precision.mode": "nanoseconds"}},
		},
	}
}

// A value of some 2 kB that is stored as it is makes the row too long for its page,
// so that all its long values go beside it, and an update does not bring them.
var filler = strings.Repeat("filler ", 320)

var postgresSetup = []string{
	`CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree;
	CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy')`,

	`CREATE TABLE numbers (id int PRIMARY KEY, i2 smallint, i4 int, i8 bigint DEFAULT 42, n38_10 numeric(38,10), n5_2 numeric(5,2) NOT NULL DEFAULT 1.50,
	n numeric, f4 real, f8 double precision, m money, b boolean, bit1 bit(1), bit12 bit(12), vb varbit(20), o oid);
	INSERT INTO numbers VALUES
	(1, 32767, 2147483647, 9223372036854775807, 1234567890123456789012345678.0123456789, 999.99, 12345678901234567890.123456789, 1.5, 2.25, 12.34, true, B'1', B'101010101010', B'1011', 7),
	(2, -32768, -2147483648, -9223372036854775808, -0.0000000001, -999.99, -0.5, -3.4e38, -1.7e308, -0.05, false, B'0', B'000000000001', B'00000000000000000001', 4294967295),
	(3, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,

	`CREATE TABLE words (id int PRIMARY KEY, t text, vc varchar(20), c char(5), u uuid, by bytea, j json, jb jsonb, x xml, ip inet, net cidr, mac macaddr,
	md mood, h hstore, lt ltree, ci citext, pt point, ir int4range, ta text[], ia int[], ba bigint[], na numeric(10,2)[], da date[], tsa timestamptz[], ua uuid[], boa boolean[]);
	INSERT INTO words VALUES
	(1, 'größe 😀', 'short', 'ab', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x00ff10', '{"a": 1}', '{"b": [1, 2]}', '<a>x</a>', '192.168.0.1', '10.0.0.0/8', '08:00:2b:01:02:03',
	'very happy', 'k=>v', 'top.science', 'CaSe', '(1.5,-2)', '[1,5)', '{a,"c,d"}', '{1,-3}', '{9223372036854775807}', '{1.50,-2.25}', '{2024-02-29}', '{"2024-02-29 12:00:00.123456+00"}',
	'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', '{true,false}'),
	(2, '', '', '', '00000000-0000-0000-0000-000000000000', '', 'null', '{}', '', '::1', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', 'sad', '', '', '', '(0,0)', 'empty', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,

	`CREATE TABLE times (id int PRIMARY KEY, d date, t0 time(0), t3 time(3), t6 time, tz timetz, ts0 timestamp(0), ts3 timestamp(3), ts6 timestamp, tsz timestamptz, iv interval);
	INSERT INTO times VALUES
	(1, '2024-02-29', '10:11:12', '10:11:12.345', '10:11:12.345678', '10:11:12.345678+02', '2024-02-29 10:11:12', '2024-02-29 10:11:12.345', '2024-02-29 10:11:12.345678',
	'2024-02-29 10:11:12.345678+02', '1 day 02:03:04.5'),
	(2, '1969-12-31', '00:00:00', '23:59:59.999', '23:59:59.999999', '23:59:59.999999-08', '1969-12-31 23:59:59', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59.999999',
	'1901-01-01 00:00:00.000001+00', '-3 days'),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,

	`CREATE TABLE documents (id int PRIMARY KEY, title text, body text, data bytea, tags text[], nums int[], longs bigint[], doubles double precision[], reals real[], flags boolean[],
	ids uuid[], days date[], stamps timestamptz[], doc jsonb, attrs hstore, filler text);
	ALTER TABLE documents ALTER body SET STORAGE EXTERNAL, ALTER data SET STORAGE EXTERNAL, ALTER tags SET STORAGE EXTERNAL, ALTER nums SET STORAGE EXTERNAL, ALTER longs SET STORAGE EXTERNAL,
	ALTER doubles SET STORAGE EXTERNAL, ALTER reals SET STORAGE EXTERNAL, ALTER flags SET STORAGE EXTERNAL, ALTER ids SET STORAGE EXTERNAL, ALTER days SET STORAGE EXTERNAL,
	ALTER stamps SET STORAGE EXTERNAL, ALTER doc SET STORAGE EXTERNAL, ALTER attrs SET STORAGE EXTERNAL, ALTER filler SET STORAGE EXTERNAL;
	ALTER TABLE documents SET (toast_tuple_target = 128);
	INSERT INTO documents SELECT 1, 'first', repeat('body ', 40), decode(repeat('00ff', 100), 'hex'), array_fill('tag'::text, '{30}'), array_fill(7, '{40}'), array_fill(8::bigint, '{30}'),
	array_fill(1.5::float8, '{30}'), array_fill(2.5::real, '{40}'), array_fill(true, '{150}'), array_fill('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{15}'), array_fill('2024-02-29'::date, '{40}'),
	array_fill('2024-02-29 12:00:00+00'::timestamptz, '{30}'), jsonb_build_object('a', repeat('x', 200)), hstore('k', repeat('y', 200)), '` + filler + `'`,

	`CREATE TABLE whole (id int PRIMARY KEY, city text, body text); ALTER TABLE whole REPLICA IDENTITY FULL; ALTER TABLE whole ALTER body SET STORAGE EXTERNAL;
	INSERT INTO whole VALUES (1, 'Turin', '` + filler + `'), (2, 'Oslo', 'short')`,

	`CREATE TABLE places (country text, code int, name text, PRIMARY KEY (country, code));
	INSERT INTO places VALUES ('IT', 1, 'Turin'), ('NO', 2, 'Oslo')`,

	`CREATE TABLE "odd-names" ("the id" int PRIMARY KEY, "größe" text, "a.b" text, "1st" text, "select" text);
	INSERT INTO "odd-names" VALUES (1, 'l', 'ab', 'one', 's')`,

	`CREATE TABLE logs (id int PRIMARY KEY, line text);
	INSERT INTO logs VALUES (1, 'one')`,
}

var postgresSteps = []step{
	{table: "numbers", sql: `INSERT INTO numbers (id, i2, n, f4, f8, bit1) VALUES (4, 0, 100, 0, 0, B'0')`, events: 1},
	{table: "numbers", sql: `UPDATE numbers SET i2 = NULL, i4 = 5, n = 0.00000000000000000001, n38_10 = 1, m = 1000000, vb = B'1' WHERE id = 1`, events: 1},
	{table: "numbers", sql: `UPDATE numbers SET id = 20 WHERE id = 2`, events: 2, tombstones: 1},
	{table: "numbers", sql: `DELETE FROM numbers WHERE id = 3`, events: 1, tombstones: 1},

	{table: "words", sql: `UPDATE words SET t = 'now', by = '\x0102', md = 'ok', ip = '10.1.2.3', h = 'k=>w', ta = '{z}', ia = '{4,5}' WHERE id = 3`, events: 1},
	{table: "words", sql: `UPDATE words SET t = NULL, u = NULL, by = NULL, ta = NULL WHERE id = 1`, events: 1},
	{table: "words", sql: `INSERT INTO words (id, t, ta) VALUES (4, 'null within', '{a,NULL}')`, events: 1},
	{table: "words", sql: `DELETE FROM words WHERE id = 2`, events: 1, tombstones: 1},

	{table: "times", sql: `INSERT INTO times VALUES (4, '2100-01-01', '12:00:00', '12:00:00', '12:00:00', '12:00:00+00', '2100-01-01 00:00:00', '2100-01-01 00:00:00', '2100-01-01 00:00:00',
	'2100-01-01 00:00:00+00', '00:00:01')`, events: 1},
	{table: "times", sql: `UPDATE times SET d = NULL, ts6 = NULL, tsz = '2000-01-01 00:00:00+00' WHERE id = 1`, events: 1},
	{table: "times", sql: `DELETE FROM times WHERE id = 2`, events: 1, tombstones: 1},

	{table: "documents", sql: `UPDATE documents SET title = 'second' WHERE id = 1`, events: 1},
	{table: "documents", sql: `UPDATE documents SET body = 'changed', tags = '{x}', nums = NULL WHERE id = 1`, events: 1},
	{table: "documents", sql: `UPDATE documents SET id = 2 WHERE id = 1`, events: 2, tombstones: 1},

	{table: "whole", sql: `UPDATE whole SET city = 'Bergen' WHERE id = 1`, events: 1},
	{table: "whole", sql: `DELETE FROM whole WHERE id = 2`, events: 1, tombstones: 1},

	{table: "places", sql: `UPDATE places SET code = 3 WHERE country = 'IT'`, events: 2, tombstones: 1},
	{table: "places", sql: `UPDATE places SET name = 'Kristiania' WHERE code = 2`, events: 1},
	{table: "places", sql: `DELETE FROM places WHERE code = 3`, events: 1, tombstones: 1},

	{table: "odd-names", sql: `UPDATE "odd-names" SET "größe" = 'xl' WHERE "the id" = 1`, events: 1},
	{table: "odd-names", sql: `ALTER TABLE "odd-names" ADD "new col" int; UPDATE "odd-names" SET "new col" = 5`, events: 1},

	{table: "logs", sql: `INSERT INTO logs VALUES (2, 'two')`, events: 1},
	{table: "logs", sql: `TRUNCATE logs`, events: 1},
	{table: "logs", sql: `INSERT INTO logs VALUES (3, 'three')`, events: 1},
}
