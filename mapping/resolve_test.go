package mapping_test

import (
	"strings"
	"testing"

	"ingest/mapping"
)

func field(name string) mapping.Step { return mapping.Step{Kind: mapping.StepField, Name: name} }

func key(name string) mapping.Step { return mapping.Step{Kind: mapping.StepKey, Name: name} }

func index(i int) mapping.Step { return mapping.Step{Kind: mapping.StepIndex, Index: i} }

func TestResolvePath(t *testing.T) {
	text, long := shape(mapping.KindString), shape(mapping.KindLong)
	click := record("com.acme.Click", mapping.Field{Name: "url", Shape: text})
	buy := record("com.acme.Buy", mapping.Field{Name: "sum", Shape: long})
	other := record("com.other.Buy", mapping.Field{Name: "sum", Shape: text})
	root := record("com.acme.Event",
		mapping.Field{Name: "customer_id", Shape: text, Aliases: []string{"client"}},
		mapping.Field{Name: "Amount", Shape: long}, mapping.Field{Name: "amount", Shape: text}, mapping.Field{Name: "am_ount", Shape: text},
		mapping.Field{Name: "click", Shape: nullable(click)},
		mapping.Field{Name: "event", Shape: &mapping.Shape{Kind: mapping.KindUnion, Branches: []*mapping.Shape{shape(mapping.KindNull), click, buy, text}}},
		mapping.Field{Name: "two", Shape: &mapping.Shape{Kind: mapping.KindUnion, Branches: []*mapping.Shape{buy, other}}},
		mapping.Field{Name: "tags", Shape: list(nullable(click))},
		mapping.Field{Name: "attrs", Shape: &mapping.Shape{Kind: mapping.KindMap, Elem: long}})
	cases := []struct {
		name  string
		path  []mapping.Step
		loose bool
		want  string // the shape; empty: not found; ! and the fault
	}{
		{"whole", nil, false, "record com.acme.Event"},
		{"field", []mapping.Step{field("customer_id")}, false, "string"},
		{"alias", []mapping.Step{field("client")}, false, "string"},
		{"other spelling", []mapping.Step{field("customerId")}, false, ""},
		{"other spelling, loose", []mapping.Step{field("customerId")}, true, "string"},
		{"exact before loose", []mapping.Step{field("amount")}, true, "string"},
		{"two candidates", []mapping.Step{field("AMOUNT")}, true, "!matches both Amount and amount"},
		{"through null", []mapping.Step{field("click"), field("url")}, false, "nullable string"},
		{"through null by the branch's name", []mapping.Step{field("click"), field("Click"), field("url")}, false, "nullable string"},
		{"below a scalar", []mapping.Step{field("customer_id"), field("x")}, false, ""},
		{"branch by short name", []mapping.Step{field("event"), field("Click"), field("url")}, false, "nullable string"},
		{"branch by full name", []mapping.Step{field("event"), key("com.acme.Buy"), field("sum")}, false, "nullable long"},
		{"branch by type", []mapping.Step{field("event"), field("string")}, false, "nullable string"},
		{"no such branch", []mapping.Step{field("event"), field("Sell")}, false, ""},
		{"field of a union of several", []mapping.Step{field("event"), field("url")}, false, ""},
		{"two branches of one short name", []mapping.Step{field("two"), field("Buy")}, false, "!names both com.acme.Buy and com.other.Buy"},
		{"two branches, full name", []mapping.Step{field("two"), key("com.other.Buy"), field("sum")}, false, "string"},
		{"item", []mapping.Step{field("tags"), index(3), field("url")}, false, "nullable string"},
		{"negative item", []mapping.Step{field("tags"), index(-1)}, false, ""},
		{"key", []mapping.Step{field("attrs"), key("a.b")}, false, "long"},
		{"key as a field", []mapping.Step{field("attrs"), field("a")}, false, "long"},
		{"index into a map", []mapping.Step{field("attrs"), index(0)}, false, ""},
		{"key of a record", []mapping.Step{key("click")}, false, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, found, err := mapping.ResolvePath(root, c.path, c.loose)
			fault, bad := strings.CutPrefix(c.want, "!")
			switch {
			case bad:
				if err == nil || !strings.Contains(err.Error(), fault) {
					t.Errorf("got %v, want %q", err, fault)
				}
			case err != nil:
				t.Error(err)
			case found != (c.want != "") || found && got.String() != c.want:
				t.Errorf("got %v, found %v, want %q", got, found, c.want)
			}
		})
	}
}
