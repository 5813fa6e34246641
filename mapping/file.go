package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// File is a mapping file that Parse found no fault in. It is immutable.
type File struct {
	Name       string
	Floor      int64         // write timestamps are never below it: microseconds since 1970, 0 for none
	Generation int           // added to write timestamps, 0 to MaxGeneration
	MaxFuture  time.Duration // how far ahead of now a record may be dated; 0: as far as it likes
	Topics     []Topic       // one for each topic that the file names, and those of Follow
	Patterns   []Topic       // the entries with a pattern
	hash       string
}

// MaxGeneration bounds `generation:`. A write timestamp runs ahead of its
// record by that many microseconds.
const MaxGeneration = 1000

// Hash identifies what the file says: 12 hexadecimal digits that stay the same
// when only comments, quoting, indentation or the order of keys change.
func (f *File) Hash() string { return f.hash }

// Topic gives the index of a topic's entry, -1 when the file has none.
func (f *File) Topic(name string) int {
	return slices.IndexFunc(f.Topics, func(t Topic) bool { return t.Name == name })
}

// entry counts the topics and then the patterns.
func (f *File) entry(i int) *Topic {
	if n := len(f.Topics); i >= n {
		return &f.Patterns[i-n]
	}
	return &f.Topics[i]
}

// WritesOut reports whether some table is written by a statement of `cql:`.
func (f *File) WritesOut() bool {
	return slices.ContainsFunc(slices.Concat(f.Topics, f.Patterns), func(t Topic) bool {
		return slices.ContainsFunc(t.Tables, func(m TableMapping) bool { return m.CQL != nil })
	})
}

// Letters reports whether a record of some topic can become a dead letter.
func (f *File) Letters() bool {
	return slices.ContainsFunc(slices.Concat(f.Topics, f.Patterns), func(t Topic) bool { return t.OnError == OnErrorDeadLetter })
}

// Keyspaces gives the keyspaces of all tables, sorted. fallback is the
// keyspace of entries that name none; it may be empty.
func (f *File) Keyspaces(fallback string) []string {
	var names []string
	for i := range len(f.Topics) + len(f.Patterns) {
		for _, table := range f.entry(i).Tables {
			if name := cmp.Or(table.Keyspace, fallback); name != "" {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hashDocument hashes a document's meaning: kinds, tags and values, mappings by
// sorted keys.
func hashDocument(n *yaml.Node) string {
	h := sha256.New()
	hashNode(h, n)
	return hex.EncodeToString(h.Sum(nil)[:6])
}

func hashNode(h hash.Hash, n *yaml.Node) {
	content := n.Content
	if n.Kind == yaml.MappingNode {
		content = sortedPairs(content)
	}
	hashText(h, n.ShortTag())
	hashText(h, n.Value)
	hashNumber(h, uint64(len(content)))
	for _, c := range content {
		hashNode(h, c)
	}
}

func hashText(h hash.Hash, s string) {
	hashNumber(h, uint64(len(s)))
	h.Write([]byte(s))
}

func hashNumber(h hash.Hash, n uint64) {
	h.Write(binary.BigEndian.AppendUint64(nil, n))
}

func sortedPairs(content []*yaml.Node) []*yaml.Node {
	pairs := slices.Collect(slices.Chunk(content, 2))
	slices.SortStableFunc(pairs, func(a, b []*yaml.Node) int { return strings.Compare(a[0].Value, b[0].Value) })
	return slices.Concat(pairs...)
}
