package draft

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"ingest/mapping"
)

// maxName is Cassandra's bound on the names of keyspaces, tables and types.
const maxName = 48

// snake writes a name as CQL has it: customerId and Customer-ID become
// customer_id.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = '_'
		case unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	text := strings.Trim(underscores.ReplaceAllString(b.String(), "_"), "_")
	if text == "" || unicode.IsDigit(rune(text[0])) {
		text = "c_" + text
	}
	return text[:min(len(text), maxName)]
}

var underscores = regexp.MustCompile(`_+`)

// names hands out names, each once.
type names map[string]bool

// take gives a name that nobody has: the wanted one, or it with a number.
func (n names) take(name string) string {
	taken := name
	for i := 2; n[taken]; i++ {
		suffix := fmt.Sprintf("_%d", i)
		taken = name[:min(len(name), maxName-len(suffix))] + suffix
	}
	n[taken] = true
	return taken
}

// quoted writes an identifier in CQL.
func quoted(name string) string {
	if plainName.MatchString(name) && !reserved[name] {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reserved are the words that CQL takes for no name (Cassandra's ReservedKeywords).
var reserved = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(`add allow alter and apply asc authorize batch begin by columnfamily create default delete desc
		describe drop entries execute from full grant if in index infinity insert into is keyspace limit materialized mbean mbeans
		modify nan norecursive true false not null of on or order password primary rename replace revoke schema select set table to token
		truncate unlogged unset update use using view where with`) {
		words[w] = true
	}
	return words
}()

// typeName gives the name of a user-defined type: a type is also written where
// nothing quotes it, so a reserved word or a type's name gets an ending.
func typeName(record string) string {
	name := snake(record[strings.LastIndexByte(record, '.')+1:])
	_, err := mapping.ParseType(name, nil)
	if err == nil || reserved[name] || mapping.QuoteName(name) != name {
		name = name[:min(len(name), maxName-len("_type"))] + "_type"
	}
	return name
}

// yamlKey writes a column's name as a key of YAML.
func yamlKey(name string) string {
	if plainName.MatchString(name) && !yamlWords.MatchString(name) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", "''") + "'"
}

var yamlWords = regexp.MustCompile(`^(true|false|null|yes|no|on|off|y|n)$`)
