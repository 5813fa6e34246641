package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// ReadSchemas gives the file with the texts of the schemas that it names. read gets
// each path once, as the file has it; its errors become faults at their places. What
// the schemas say enters the hash.
func (f *File) ReadSchemas(read func(path string) (text string, err error)) (*File, Diagnostics) {
	s := schemaReader{reporter: reporter{file: f.Name}, read: read, texts: map[string]string{}}
	out := *f
	out.Topics, out.Patterns = s.topics(f.Topics), s.topics(f.Patterns)
	if s.hash != nil {
		sum := sha256.Sum256(append([]byte(f.hash), s.hash...))
		out.hash = hex.EncodeToString(sum[:6])
	}
	return &out, s.done()
}

// NeedsRegistry reports whether records of some topic are read with schemas of the
// registry.
func (f *File) NeedsRegistry() bool {
	return slices.ContainsFunc(slices.Concat(f.Topics, f.Patterns), func(t Topic) bool { return t.Key.registered() || t.Value.registered() })
}

// registered reports whether schemas come from the registry.
func (f *Format) registered() bool { return f.Kind == FormatAvro && f.Schema == nil }

// schemaReader is the state of one ReadSchemas.
type schemaReader struct {
	reporter
	read  func(path string) (string, error)
	texts map[string]string
	hash  []byte // what the schemas say, in the file's order; nil: there are none
}

func (s *schemaReader) topics(topics []Topic) []Topic {
	topics = slices.Clone(topics)
	for i := range topics {
		s.format(&topics[i].Key)
		s.format(&topics[i].Value)
	}
	return topics
}

func (s *schemaReader) format(f *Format) {
	if f.Schema == nil {
		return
	}
	given := *f.Schema
	f.Schema = &given
	text, known := s.texts[given.Path]
	if !known {
		var err error
		if text, err = s.read(given.Path); err != nil {
			s.fault(given.Pos, "the path is relative to the mapping file", "schema %q: %v", given.Path, err)
		}
		s.texts[given.Path] = text
		sum := sha256.Sum256([]byte(text))
		s.hash = append(s.hash, sum[:]...)
	}
	given.Text = text
}
