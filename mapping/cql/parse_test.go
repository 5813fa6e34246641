package cql

import (
	"fmt"
	"strings"
	"testing"
)

// shown writes a statement as it would be sent, with binds in the place of markers,
// and what else was read of it.
func shown(st *Statement) string {
	var b strings.Builder
	for _, p := range st.Pieces {
		switch p.Kind {
		case Ident:
			fmt.Fprintf(&b, "%q", p.Text)
		case TableName:
			b.WriteString("T")
		case BindMark:
			b.WriteString(":" + st.Binds[p.Bind].Name)
			if hint := st.Binds[p.Bind].Hint; hint != "" {
				b.WriteString("<" + hint + ">")
			}
		case StampMark:
			b.WriteString("@")
		case TTLMark:
			b.WriteString("~")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"insert", "insert into shop.cart(id, Name) values(:id, :n) using timestamp :timestamp and ttl :ttl;",
			`INSERT INTO T ("id", "name") VALUES (:id, :n) USING TIMESTAMP @ AND TTL ~`},
		{"ttl first", "INSERT INTO cart (id) VALUES (:id) USING TTL :ttl AND TIMESTAMP :timestamp", `INSERT INTO T ("id") VALUES (:id) USING TTL ~ AND TIMESTAMP @`},
		{"conditional insert", `INSERT INTO cart (id) VALUES (:id) IF NOT EXISTS USING TTL 30`, `INSERT INTO T ("id") VALUES (:id) IF NOT EXISTS USING TTL 30`},
		{"quoted names", `UPDATE "Cart" SET "a""b" = :"My bind", c=:B WHERE "ID" = :id`, `UPDATE T SET "a\"b" = :My bind, "c" = :B WHERE "ID" = :id`},
		{"elements", "UPDATE cart SET items[:sku] = :qty, l[0]= 'x''y' WHERE id = :id", `UPDATE T SET "items"[:sku] = :qty, "l"[0] = 'x''y' WHERE "id" = :id`},
		{"fields", "UPDATE cart SET a.street = :s WHERE id = :id IF a.zip = 'x' AND a.n != :n", `UPDATE T SET "a"."street" = :s WHERE "id" = :id IF "a"."zip" = 'x' AND "a"."n" != :n`},
		{"operations", "UPDATE c SET a = a + :a, b = b - :b, c = :c + c, d += :d, e -= {:e}, f = f + [:f,1] WHERE id = :id",
			`UPDATE T SET "a" = "a" + :a, "b" = "b" - :b, "c" = :c + "c", "d" += :d, "e" -= {:e}, "f" = "f" + [:f, 1] WHERE "id" = :id`},
		{"literals", "UPDATE c SET a = -1.5e-3, b = 0xCAFE, c = 123e4567-e89b-12d3-a456-426614174000, d = true, e = null, f = -Infinity, g = 1h30m, h = NaN, i = a0000000-e89b-12d3-a456-426614174000, j = $$it's$$ WHERE id = :id",
			`UPDATE T SET "a" = -1.5e-3, "b" = 0xCAFE, "c" = 123e4567-e89b-12d3-a456-426614174000, "d" = true, "e" = null, "f" = -Infinity, "g" = 1h30m, "h" = NaN, "i" = a0000000-e89b-12d3-a456-426614174000, "j" = $$it's$$ WHERE "id" = :id`},
		{"nested", "UPDATE c SET m = {'a': [:a], :k: []}, t = (:x, (:y, 1)), u = {street: :s, \"No\": {}}, s = {} WHERE id = :id",
			`UPDATE T SET "m" = {'a': [:a], :k: []}, "t" = (:x, (:y, 1)), "u" = {"street": :s, "No": {}}, "s" = {} WHERE "id" = :id`},
		{"calls and hints", `UPDATE c SET a = toTimestamp((timeuuid) :t), b = ks.F(:x, now()), c = (frozen<map<text, "My">>) :c, d = (int) 5 WHERE id = (text) :id`,
			`UPDATE T SET "a" = toTimestamp(:t<timeuuid>), "b" = ks.F(:x, now()), "c" = :c<frozen<map<text, "My">>>, "d" = (int)5 WHERE "id" = :id<text>`},
		{"the names of keywords", "UPDATE c SET key = :key, values = :values, token = :token WHERE timestamp = :at AND ttl = :life", `UPDATE T SET "key" = :key, "values" = :values, "token" = :token WHERE "timestamp" = :at AND "ttl" = :life`},
		{"conditions", "UPDATE c SET a = :a WHERE id = :id IF v[:k] >= :v AND w IN (:x, 2) AND z < 3", `UPDATE T SET "a" = :a WHERE "id" = :id IF "v"[:k] >= :v AND "w" IN (:x, 2) AND "z" < 3`},
		{"delete of a row", "DELETE FROM c USING TIMESTAMP :timestamp WHERE id = :id IF EXISTS", `DELETE FROM T USING TIMESTAMP @ WHERE "id" = :id IF EXISTS`},
		{"delete of a range", "DELETE FROM c WHERE id = :id AND at >= :a AND at < :b", `DELETE FROM T WHERE "id" = :id AND "at" >= :a AND "at" < :b`},
		{"delete of parts", "DELETE a, b[:k], c.d FROM c WHERE id = :id", `DELETE "a", "b"[:k], "c"."d" FROM T WHERE "id" = :id`},
		{"a column of the name of a function", "UPDATE c SET a = a(:x) WHERE id = :id", `UPDATE T SET "a" = a(:x) WHERE "id" = :id`},
	} {
		t.Run(test.name, func(t *testing.T) {
			st, faults := Parse(test.text)
			if st == nil {
				t.Fatalf("refused: %v", faults)
			}
			if got := shown(st); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestParseFaults: each is told with its place, as a byte of the text, and what to do.
func TestParseFaults(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "0 the statement is empty (`cql:` is one INSERT, UPDATE or DELETE)"},
		{"SELECT * FROM t", "0 SELECT writes nothing"},
		{"BEGIN BATCH UPDATE t SET a = :a WHERE b = :b; APPLY BATCH", "0 a batch is no statement of one row (write the statement alone"},
		{"TRUNCATE t", "0 TRUNCATE is about a whole table"},
		{"drop table t", "0 DROP is no statement that writes a row (run it by hand"},
		{"upsert t", "0 expected INSERT, UPDATE or DELETE, found \"upsert\""},
		{"INSERT INTO t JSON :doc", "14 INSERT JSON hides which columns are written (write the columns"},
		{"DELETE FROM t WHERE a = :a; DELETE FROM t WHERE a = :a", "28 there is a second statement (give the second statement an entry of its own"},
		{"DELETE FROM t WHERE a = :a LIMIT 1", `27 expected the end of the statement, found "limit"`},
		{"DELETE FROM t WHERE a = ? AND b = ?", "24 a statement has no markers without a name (write a name, as in :id"},
		{"DELETE FROM t -- all\nWHERE a = :a", "14 a statement holds no comments"},
		{"DELETE FROM t /* all */ WHERE a = :a", "14 a statement holds no comments"},
		{"DELETE FROM t WHERE a = 'x", "24 this quote does not end (close it)"},
		{"DELETE FROM t WHERE a = :a /* x", "27 this comment does not end"},
		{"DELETE FROM t WHERE a IN (:a, :b)", "22 IN is about several rows, and a record writes one (write = :bind; several rows of a record come with `for_each:`)"},
		{"DELETE FROM t WHERE (a, b) > (:a, :b)", "20 several columns cannot be compared at once"},
		{"DELETE FROM t WHERE token(a) > :a", "20 a statement about tokens"},
		{"DELETE FROM t WHERE a != :a", `22 expected =, <, <=, > or >=, found "!"`},
		{"DELETE FROM t WHERE a = b", `24 expected a value, found "b" (a bind begins with a colon`},
		{"DELETE FROM t WHERE a = :", "24 expected the name of a bind after the colon, found the end of the statement"},
		{"UPDATE t SET a = :a", `19 expected WHERE, found the end of the statement`},
		{"UPDATE t SET a = b + :a WHERE b = :b", `17 expected a value, found "b"`},
		{"UPDATE t SET a = :a + :b WHERE b = :b", "22 only a column itself can be added to or taken from: c = c + :value (compute the value"},
		{"UPDATE t SET a = :a * 2 WHERE b = :b", "20 only a column itself"},
		{"UPDATE t SET a = a * 2 WHERE b = :b", `19 expected + or -, found "*"`},
		{"UPDATE t SET a = :timestamp WHERE b = :ttl", "17 :timestamp is the record's write timestamp, and stands in USING TIMESTAMP alone"},
		{"UPDATE t SET a = :timestamp WHERE b = :ttl", "38 :ttl is the rest of the row's life, and stands in USING TTL alone"},
		{"UPDATE t USING TIMESTAMP 5 SET a = :a WHERE b = :b", "25 with a constant as the write timestamp no record would win over another (write USING TIMESTAMP :timestamp"},
		{"UPDATE t USING TIMESTAMP :at AND TTL :life SET a = :a WHERE b = :b", "25 the write timestamp cannot be the bind :at"},
		{"UPDATE t USING TIMESTAMP :at AND TTL :life SET a = :a WHERE b = :b", "37 the time to live cannot be the bind :life"},
		{"UPDATE t USING TIMESTAMP :timestamp AND TIMESTAMP :timestamp SET a = :a WHERE b = :b", "40 USING TIMESTAMP stands there twice"},
		{"UPDATE t USING TTL :ttl AND TTL 4 SET a = :a WHERE b = :b", "28 USING TTL stands there twice"},
		{"UPDATE t USING LIFE 4 SET a = :a WHERE b = :b", `15 expected TIMESTAMP or TTL, found "life"`},
		{"INSERT INTO t (a, b) VALUES (:a)", "28 2 columns and 1 values"},
		{"UPDATE t SET a = (int :a WHERE b = :b", `22 expected a type, found ":" (write (int) :name)`},
		{"UPDATE t SET a = " + strings.Repeat("[", 20) + " WHERE b = :b", "33 values are nested more than 16 levels deep"},
		{"UPDATE t SET a = :a WHERE b = :b IF NOT EXISTS", "36 expected EXISTS or a column"},
		{"UPDATE t SET '' = :a WHERE b = :b", "13 expected a column, found a text"},
		{`UPDATE t SET "" = :a WHERE b = :b`, `13 expected a column, found ""`},
		{strings.Repeat(" ", MaxLength) + "x", "0 the statement has 16385 bytes; at most 16384 are read"},
		{"UPDATE t SET a = [" + strings.Repeat(":a,", MaxBinds) + ":a] WHERE b = :b", "a statement has up to 1000 binds"},
	} {
		st, faults := Parse(test.text)
		var got []string
		for _, f := range faults {
			got = append(got, fmt.Sprintf("%d %s (%s)", f.At, f.Message, f.Hint))
		}
		if text := strings.Join(got, "\n"); st != nil || !strings.Contains(text, test.want) {
			t.Errorf("%.60s\ngot  %s\nwant %s", test.text, text, test.want)
		}
	}
}

// TestAllFaultsAtOnce: what does not keep the rest from being read does not hide it.
func TestAllFaultsAtOnce(t *testing.T) {
	_, faults := Parse("UPDATE t USING TIMESTAMP :at SET a = ?, b = :ttl /* c */ WHERE id = ?")
	if len(faults) != 5 {
		t.Errorf("%d faults: %v", len(faults), faults)
	}
}

// TestBindsKnowTheirPlaces: offsets are those of the text.
func TestBindsKnowTheirPlaces(t *testing.T) {
	const text = "UPDATE cart USING TIMESTAMP :timestamp SET items[:sku] = (int) :qty WHERE id = :id"
	st, faults := Parse(text)
	if st == nil {
		t.Fatal(faults)
	}
	for _, b := range st.Binds {
		if !strings.HasPrefix(text[b.At:], ":"+b.Name) || b.Hint != "" && !strings.HasPrefix(text[b.HintAt:], "(int)") {
			t.Errorf("bind %q at %d", b.Name, b.At)
		}
	}
	if len(st.Binds) != 3 || text[st.Table.At:st.Table.At+4] != "cart" || text[st.Sets[0].Column.At:st.Sets[0].Column.At+5] != "items" {
		t.Errorf("%+v", st)
	}
}
