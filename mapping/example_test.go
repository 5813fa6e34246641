package mapping_test

import (
	"fmt"
	"os"

	"ingest/mapping"
)

func ExampleParse() {
	src := []byte(`version: 1
topics:
  - topic: orders
    tables:
      - table: shop.orders
        columns:
          id: key.id
          note: vlue.note
`)
	if _, diagnostics := mapping.Parse("orders.yaml", src); diagnostics.Err() != nil {
		_ = diagnostics.Render(os.Stdout, src)
	}
	// Output:
	// orders.yaml:8:17: error: "vlue.note" is not a path
	//  8 |           note: vlue.note
	//    |                 ^
	// help: did you mean "value"? For a constant text write {const: vlue.note}
}

func ExampleCompile() {
	file, _ := mapping.Parse("orders.yaml", []byte(`version: 1
topics:
  - topic: orders
    tables:
      - table: shop.orders
        columns:
          id: key.id
          nte: value.note
`))
	bigint, _ := mapping.ParseType("bigint", nil)
	text, _ := mapping.ParseType("text", nil)
	orders := &mapping.Table{Keyspace: "shop", Name: "orders", PartitionKey: []int{0}, Columns: []mapping.Column{
		{Name: "id", Type: bigint, Kind: mapping.PartitionKey}, {Name: "note", Type: text},
	}}
	catalog := &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{"shop": {"orders": orders}}}
	_, diagnostics := mapping.Compile(file, file.Topic("orders"), catalog)
	fmt.Println(diagnostics.Err())
	// Output:
	// orders.yaml:8:11: table shop.orders has no column "nte" (did you mean "note"?)
}
