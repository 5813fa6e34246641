package sink

import "testing"

func TestSchemaVersions(t *testing.T) {
	type answer struct {
		host, version string
		news          bool
	}
	tests := []struct {
		name    string
		answers []answer
	}{
		{"the first answer is news, once", []answer{{"a", "1", true}, {"a", "1", false}}},
		{"a change is", []answer{{"a", "1", true}, {"a", "2", true}, {"a", "2", false}}},
		{"each node's change is", []answer{{"a", "1", true}, {"b", "1", false}, {"a", "2", true}, {"b", "1", false}, {"b", "2", true}}},
		{"and back", []answer{{"a", "1", true}, {"a", "2", true}, {"a", "1", true}}},
		{"a node that was not seen before and has what others have is none", []answer{{"a", "1", true}, {"b", "1", false}}},
		{"with another version it is", []answer{{"a", "1", true}, {"b", "2", true}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := schemaVersions{}
			for i, a := range test.answers {
				if got := v.note(a.host, a.version); got != a.news {
					t.Errorf("answer %d, %s of %s: news %v, want %v", i, a.version, a.host, got, a.news)
				}
			}
		})
	}
}
