package mapping

import (
	"slices"
	"strings"
	"testing"
)

const severalFile = `
version: 1
topics:
  - topics: [orders.eu, orders.us]
    key: {format: string}
    tables:
      - table: shop.orders
        columns: {id: key, topic: meta.topic}
  - pattern: orders\..+
    key: {format: string}
    tables:
      - table: shop.others
        accept: [cross_partition]
        columns: {id: key}
  - pattern: '.*\.us|exact'
    key: {format: string}
    tables:
      - table: shop.us
        accept: [cross_partition]
        columns: {id: key}
`

func parsed(t *testing.T, text string) *File {
	t.Helper()
	f, found := Parse("several.yaml", []byte(text))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return f
}

func topicNames(f *File) string {
	var names []string
	for i := range f.Topics {
		names = append(names, f.Topics[i].Name)
	}
	return strings.Join(names, " ")
}

// TestFollow: a pattern stands for whole names, a name wins over patterns, Kafka's
// own topics are nobody's, and indexes stay.
func TestFollow(t *testing.T) {
	f := parsed(t, severalFile)
	if got, want := topicNames(f), "orders.eu orders.us"; got != want {
		t.Fatalf("topics %s, want %s", got, want)
	}
	one := f.Follow([]string{"orders.uk", "my.orders.uk", "orders.", "orders.us", "__orders.x", "inexact", "exact"})
	if got, want := topicNames(one), "orders.eu orders.us orders.uk exact"; got != want {
		t.Errorf("topics %s, want %s", got, want)
	}
	two := one.Follow([]string{"exact", "orders.fr", "orders.uk"})
	if got, want := topicNames(two), "orders.eu orders.us orders.uk exact orders.fr"; got != want {
		t.Errorf("topics %s, want %s", got, want)
	}
	if topicNames(f) != "orders.eu orders.us" || two.Hash() != f.Hash() {
		t.Errorf("the file itself has changed: %s", topicNames(f))
	}
	if topic := two.Topics[2]; topic.Pattern == nil || topic.Key.Kind != FormatString || topic.Tables[0].Table != "others" {
		t.Errorf("topic %+v", topic)
	}
}

// TestContested: a topic that two patterns match fits nothing, and no other topic
// suffers from it.
func TestContested(t *testing.T) {
	f := parsed(t, severalFile).Follow([]string{"orders.x.us", "orders.fr"})
	cat := several(t)
	p, found := Compile(f, f.Topic("orders.x.us"), cat)
	if err := found.Err(); p != nil || err == nil || !strings.Contains(err.Error(), `topic "orders.x.us" matches this pattern and the one in line 9`) {
		t.Errorf("program %v, %v", p, err)
	}
	if p, found := Compile(f, f.Topic("orders.fr"), cat); p == nil {
		t.Error(found)
	}
}

func several(t *testing.T) *Catalog {
	return &Catalog{Names: []string{"shop"}, Keyspaces: map[string]map[string]*Table{"shop": {
		"orders": makeTable(t, "shop", "orders", "id text pk", "topic text ck"),
		"others": makeTable(t, "shop", "others", "id text pk"),
		"us":     makeTable(t, "shop", "us", "id text pk"),
	}}}
}

// TestSiblings: several topics of one entry meet in a row unless meta.topic is in
// the primary key, or the file says that they may.
func TestSiblings(t *testing.T) {
	const meet = "several topics of this entry feed shop.others"
	cat := several(t)
	for _, tt := range []struct {
		name, old, replaced string
		pattern             bool
		want                string
	}{
		{"a list with meta.topic in the key", "", "", false, ""},
		{"a list without", "shop.orders", "shop.others", false, "several topics of this entry feed shop.others"},
		{"a pattern that accepts", "", "", true, ""},
		{"a pattern", "        accept: [cross_partition]\n", "", true, meet},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(severalFile, tt.old, tt.replaced, 1)
			if tt.replaced == "shop.others" {
				text = strings.Replace(text, "{id: key, topic: meta.topic}", "{id: key}", 1)
			}
			f := parsed(t, text)
			_, found := Examine(f, 0, cat)
			if tt.pattern {
				_, found = ExaminePattern(f, 0, cat)
			}
			said := ""
			for _, d := range found {
				if d.Severity == Error && strings.Contains(d.Message, "several topics") {
					said = d.Message
				}
			}
			if !strings.HasPrefix(said, tt.want) || said != "" && tt.want == "" {
				t.Errorf("found %v, want %q", found, tt.want)
			}
		})
	}
}

// TestEntriesMeet: an entry that stands for several topics is named once.
func TestEntriesMeet(t *testing.T) {
	text := strings.Replace(severalFile, "shop.us\n        accept: [cross_partition]", "shop.others", 1)
	f := parsed(t, text).Follow([]string{"orders.a", "orders.b", "exact"})
	_, found := Examine(f, f.Topic("exact"), several(t))
	count := 0
	for _, d := range found {
		if strings.Contains(d.Message, `topic "orders.a" feeds shop.others too`) {
			count++
		} else if strings.Contains(d.Message, "feeds shop.others too") {
			t.Errorf("also %v", d.Message)
		}
	}
	if count != 1 {
		t.Errorf("found %v", found)
	}
}

func TestTopicsFaults(t *testing.T) {
	const rest = "\n    key: {format: string}\n    tables:\n      - table: shop.others\n        columns: {id: key}\n"
	for _, tt := range []struct{ entry, want string }{
		{"- topics: []", `"topics"`},
		{"- topics: [a, b, a]", `topic "a" is already mapped in line 3`},
		{"- topics: [a, 'b c']", `"b c" cannot be the name of a topic`},
		{"- topics: a", `"topics" must be a list`},
		{"- pattern: '('", `"(" is not a regular expression`},
		{"- pattern: 'a)|(b'", `is not a regular expression`},
		{"- pattern: '(?<=a)b'", `is not a regular expression`},
		{"- pattern: 7", `"pattern" must be a text`},
		{"- pattern: " + strings.Repeat("a", 1001), "a pattern has up to 1000 bytes"},
		{"- pattern: a\n    topic: b", `an entry has one of "topic", "topics" and "pattern"`},
		{"- {}", `a topic needs the key "topic"`},
	} {
		text := "version: 1\ntopics:\n  " + tt.entry + rest
		if tt.entry == "- {}" {
			text = "version: 1\ntopics:\n  - key: {format: string}" + strings.TrimPrefix(rest, "\n    key: {format: string}")
		}
		f, found := Parse("several.yaml", []byte(text))
		if f != nil || !slices.ContainsFunc(found, func(d Diagnostic) bool { return strings.Contains(d.Message, tt.want) }) {
			t.Errorf("%s: %v, want %q", tt.entry, found, tt.want)
		}
	}
}
