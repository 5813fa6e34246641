package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"ingest/test/stack"
)

// show reads rows back and checks that they are what was produced.
func show(ctx context.Context, servers *stack.Stack) error {
	session, err := connect(servers)
	if err != nil {
		return err
	}
	defer session.Close()
	queries := []string{
		"SELECT id, customer_id, status, total, placed_at, note, tags, channel FROM shop.orders LIMIT 5",
		"SELECT placed_at, id, status, total FROM shop.orders_by_customer WHERE customer_id = 00000000-0000-4000-8000-000000000001 LIMIT 5",
		"SELECT count(*) FROM shop.orders",
		"SELECT count(*) FROM shop.orders WHERE status = 'PAID' ALLOW FILTERING",
	}
	for _, q := range queries {
		fmt.Println("\ncqlsh>", q)
		rows, err := session.Query(q).WithContext(ctx).Iter().SliceMap()
		if err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
		printRows(rows, q)
	}
	return check(ctx, servers)
}

// check fails the demo when the table does not hold exactly the orders that
// were not deleted, all paid.
func check(ctx context.Context, servers *stack.Stack) error {
	session, err := connect(servers)
	if err != nil {
		return err
	}
	defer session.Close()
	var n int
	if err := session.Query("SELECT count(*) FROM shop.orders WHERE status = 'PAID' ALLOW FILTERING").WithContext(ctx).Scan(&n); err != nil {
		return err
	}
	if want := orders - orders/10; n != want {
		return fmt.Errorf("%d paid orders are in the table, %d were expected", n, want)
	}
	fmt.Printf("\n%d orders placed, all paid, %d deleted: %d rows, as it should be.\n", orders, orders/10, n)
	return nil
}

// printRows prints rows with the columns in the order of the query.
func printRows(rows []map[string]any, query string) {
	list, _, _ := strings.Cut(strings.TrimPrefix(query, "SELECT "), " FROM")
	columns := strings.Split(strings.ReplaceAll(list, "count(*)", "count"), ", ")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(columns, "\t"))
	for _, row := range rows {
		for _, c := range columns {
			fmt.Fprintf(w, "%v\t", row[c])
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // to standard output
}
