package mapping

import (
	"regexp"
	"slices"
	"strings"
)

// Pattern is `pattern:`, which feeds an entry from every topic whose whole name it
// matches, also from those that come later.
type Pattern struct {
	Text string // as the file has it
	Pos  Pos
	expr *regexp.Regexp
}

// Match reports whether the pattern matches the whole of a topic's name. It never
// matches what begins with two underscores: such topics are Kafka's own.
func (p *Pattern) Match(topic string) bool {
	return !strings.HasPrefix(topic, "__") && p.expr.MatchString(topic)
}

// Follow gives the file with an entry for each topic named that it does not have
// yet and that one of its patterns matches. They come after those it has, whose
// indexes stay. A topic that two patterns match has an entry that fits nothing.
func (f *File) Follow(topics []string) *File {
	out := *f
	out.Topics = slices.Clip(f.Topics)
	for _, name := range topics {
		if out.Topic(name) >= 0 {
			continue
		}
		if t, ok := f.followed(name); ok {
			out.Topics = append(out.Topics, t)
		}
	}
	return &out
}

// followed makes the entry of a topic that a pattern matches.
func (f *File) followed(name string) (found Topic, ok bool) {
	for i := range f.Patterns {
		switch t := f.Patterns[i]; {
		case !t.Pattern.Match(name):
		case ok:
			found.contested = t.Pattern
			return found, true
		default:
			found, ok = t, true
			found.Name = name
		}
	}
	return found, ok
}

// spread makes one topic of each name of an entry, and takes the patterns apart.
// It must come last: what topics have in common is not looked at again.
func (p *parser) spread(f *File) {
	entries := f.Topics
	f.Topics = nil
	seen := map[string]Pos{}
	for _, t := range entries {
		if t.Pattern != nil {
			t.several, t.Name = true, t.Pattern.Text
			f.Patterns = append(f.Patterns, t)
			continue
		}
		t.several = len(t.names) > 1
		for _, named := range t.names {
			if first, twice := seen[named.name]; twice && named.name != "" {
				p.fault(named.at, "list all its tables under one entry", "topic %q is already mapped in line %d", named.name, first.Line)
			}
			seen[named.name] = named.at
			t.Name, t.Pos = named.name, named.at
			f.Topics = append(f.Topics, t)
		}
	}
}

// contest refuses a topic that two patterns match.
func (c *compiler) contest() {
	if other := c.topic.contested; other != nil {
		c.fault(other.Pos, "narrow one of the patterns, or give the topic an entry of its own: a name wins over patterns",
			"topic %q matches this pattern and the one in line %d, and a topic belongs to one entry", c.topic.Name, c.topic.Pattern.Pos.Line)
	}
}

// ExaminePattern is Examine for an entry that no topic matches, by its index in
// File.Patterns. The program's topic has the pattern for a name.
func ExaminePattern(file *File, pattern int, cat *Catalog) (*Program, Diagnostics) {
	return examine(file, &file.Patterns[pattern], cat)
}

// siblings refuses that several topics of one entry feed one row.
func (c *compiler) siblings(e *entry) {
	if c.topic.several && !e.apart(e.TableMapping) {
		c.fault(e.Pos, "put meta.topic into the primary key, or, "+acceptCross,
			"several topics of this entry feed %s, so records of different partitions can meet in one row", e.table.FullName())
	}
}
