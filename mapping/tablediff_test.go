package mapping

import (
	"slices"
	"strings"
	"testing"
)

func TestChangesOfATable(t *testing.T) {
	kind := func(k TypeKind) *Type { return &Type{Kind: k} }
	addr := func(fields ...string) *Type {
		u := &Type{Kind: TypeUDT, Keyspace: "ks", Name: "addr", Frozen: true, Fields: fields}
		for range fields {
			u.Elems = append(u.Elems, kind(TypeInt))
		}
		return u
	}
	fresh := func() *Table {
		return &Table{
			Keyspace: "ks", Name: "t", ID: "1", GCGrace: 5,
			Columns: []Column{
				{Name: "pk", Type: kind(TypeText), Kind: PartitionKey}, {Name: "ck", Type: kind(TypeInt), Kind: Clustering},
				{Name: "v", Type: kind(TypeBigint)}, {Name: "u", Type: addr("x")}, {Name: "l", Type: &Type{Kind: TypeList, Elem: kind(TypeInt)}},
			},
			PartitionKey: []int{0}, Clustering: []int{1},
		}
	}
	tests := []struct {
		name   string
		change func(*Table) *Table
		want   []string // a part of each sentence
	}{
		{"nothing", func(t *Table) *Table { return t }, nil},
		{"the order of the columns", func(t *Table) *Table {
			slices.Reverse(t.Columns)
			t.PartitionKey, t.Clustering = []int{4}, []int{3}
			return t
		}, nil},
		{"gc_grace_seconds", func(t *Table) *Table { t.GCGrace = 6; return t }, nil},
		{"gone", func(*Table) *Table { return nil }, []string{"is gone"}},
		{"created again", func(t *Table) *Table { t.ID = "2"; return t }, []string{"created again"}},
		{"a column less", func(t *Table) *Table { t.Columns = slices.Delete(t.Columns, 2, 3); return t }, []string{`"v" of ks.t is gone`}},
		{"a column more", func(t *Table) *Table { t.Columns = append(t.Columns, Column{Name: "w", Type: kind(TypeInt)}); return t }, []string{`"w" of ks.t is new`}},
		{"another type", func(t *Table) *Table { t.Columns[2].Type = kind(TypeDouble); return t }, []string{"was bigint and is double"}},
		{"a frozen list", func(t *Table) *Table {
			t.Columns[4].Type = &Type{Kind: TypeList, Elem: kind(TypeInt), Frozen: true}
			return t
		}, []string{"was list<int> and is frozen<list<int>>"}},
		{"a field more", func(t *Table) *Table { t.Columns[3].Type = addr("x", "y"); return t }, []string{"has other fields"}},
		{"dropped and added again", func(t *Table) *Table { t.Columns[2].Dropped = 7; return t }, []string{`"v" of ks.t was dropped and added again`}},
		{"static", func(t *Table) *Table { t.Columns[2].Kind = Static; return t }, []string{"another part"}},
		{"a renamed key", func(t *Table) *Table { t.Columns[0].Name = "id"; return t }, []string{`"pk" of ks.t is gone`, `"id" of ks.t is new`, "primary key"}},
		{"all of the key in the partition key", func(t *Table) *Table {
			t.Columns[1].Kind, t.PartitionKey, t.Clustering = PartitionKey, []int{0, 1}, nil
			return t
		}, []string{"another part", "primary key"}},
		{"a default TTL", func(t *Table) *Table { t.DefaultTTL = 60; return t }, []string{"default_time_to_live"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := fresh().Changes(test.change(fresh()))
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i, part := range test.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("got %q, want %q", got[i], part)
				}
			}
		})
	}
}
