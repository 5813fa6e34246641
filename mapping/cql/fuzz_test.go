package cql

import (
	"strings"
	"testing"
)

// FuzzParse: whatever the text is, reading it ends, its faults lie inside of it, and
// what is taken reads the same once it is written again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"INSERT INTO shop.cart (id, \"Name\") VALUES (:id, 'it''s') IF NOT EXISTS USING TTL 5;",
		"UPDATE cart USING TIMESTAMP :timestamp AND TTL :ttl SET items[:sku] = :qty, a = a + {:x: [1.5e-3, (int) :b]}, b = (f(:c), {d: null}) WHERE id = :id IF a.b != -1 AND c IN (1)",
		"DELETE a, b[0], c.d FROM cart USING TIMESTAMP :timestamp WHERE id = :id AND at >= :from AND at < :to",
		"UPDATE t SET a += :a, b -= (frozen<map<text, \"My\">>) :\"b c\" WHERE x = $$y$$ -- ?", "\"", "'", "/*", "$$", ":", "(((", "{{{", "a0000000-e89b-12d3-a456-426614174000",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		st, faults := Parse(text)
		if (st == nil) == (len(faults) == 0) {
			t.Fatalf("statement %v, faults %v", st, faults)
		}
		for _, fault := range faults {
			if fault.At < 0 || fault.At > len(text) || fault.Message == "" {
				t.Errorf("fault %+v of %d bytes", fault, len(text))
			}
		}
		if st == nil {
			return
		}
		again := written(st)
		if len(again) > MaxLength { // names have got quotes
			return
		}
		second, faults := Parse(again)
		if second == nil {
			t.Fatalf("%q is written as %q, which is refused: %v", text, again, faults)
		}
		if twice := written(second); twice != again || len(second.Binds) != len(st.Binds) || second.Verb != st.Verb || second.Stamped != st.Stamped {
			t.Errorf("%q is written as %q and then as %q", text, again, twice)
		}
		for i, b := range st.Binds {
			if second.Binds[i].Name != b.Name {
				t.Errorf("bind %d is %q and then %q", i, b.Name, second.Binds[i].Name)
			}
		}
	})
}

// written writes a statement that can be read again.
func written(st *Statement) string {
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	var b strings.Builder
	for _, p := range st.Pieces {
		switch p.Kind {
		case Ident:
			b.WriteString(quoted(p.Text))
		case TableName:
			b.WriteString(quoted(st.Table.Text))
		case BindMark:
			if hint := st.Binds[p.Bind].Hint; hint != "" {
				b.WriteString("(" + hint + ")")
			}
			b.WriteString(":" + quoted(st.Binds[p.Bind].Name))
		case StampMark:
			b.WriteString(":timestamp")
		case TTLMark:
			b.WriteString(":ttl")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
