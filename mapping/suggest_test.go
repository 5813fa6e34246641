package mapping

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"customer_id", "customerId2", "placed_at", "id", "note", "status"}
	for name, want := range map[string]string{
		"customer_id": "customer_id",
		"customerID":  "customer_id", // case and underscores first
		"custmer_id":  "customer_id",
		"placedat":    "placed_at",
		"PLACED-AT":   "placed_at",
		"placed_ta":   "placed_at", // two neighbours swapped
		"statsu":      "status",
		"nte":         "note",
		"di":          "id",
		"xy":          "",
		"quantity":    "",
		"":            "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
	long := strings.Repeat("a", 2000)
	if got := nearest(long, []string{long + "b", "b"}); got != "" {
		t.Errorf("a very long name was compared: %q", got)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3}, {"same", "same", 0}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestSuggest(t *testing.T) {
	var many []string
	for _, c := range "abcdefghijklmnop" {
		many = append(many, strings.Repeat(string(c), 9))
	}
	for _, tt := range []struct {
		name       string
		candidates []string
		want       string
	}{
		{"ordrs", []string{"orders", "x"}, `did you mean "orders"?`},
		{"zzz", []string{"orders", "x"}, `it has: "orders", "x"`},
		{"zzz", nil, ""},
	} {
		if got := suggest(tt.name, tt.candidates, "it has"); got != tt.want {
			t.Errorf("suggest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := suggest("zzz", many, "it has"); !strings.HasSuffix(got, "and 4 more") {
		t.Errorf("a long list is not cut: %q", got)
	}
}
