package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// draftFlags say what a mapping is drafted from.
type draftFlags struct {
	subject, schema, keySchema string
	references                 []string
	table                      string
	topic, keyspace            string
	keyFormat                  string
	keyPaths                   []string
}

func (f *draftFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.subject, "subject", "", "take the newest version of this subject of the registry, and of the topic's key")
	flags.StringVar(&f.schema, "schema", "", "take this .avsc file, without a registry")
	flags.StringVar(&f.keySchema, "key-schema", "", "with --schema: the .avsc file of the keys")
	flags.StringArrayVar(&f.references, "reference", nil, "with --schema: an .avsc file that the schemas refer to; may be repeated, each after those it needs itself")
	flags.StringVar(&f.table, "table", "", "KEYSPACE.TABLE: draft for this table of the cluster")
	flags.StringVar(&f.topic, "topic", "", "the topic; by default it is named as the subject, the file or the table")
	flags.StringVar(&f.keyspace, "keyspace", "ingest", "the keyspace of the table that is drafted")
	flags.StringVar(&f.keyFormat, "key-format", "", "of keys without a schema: string, long, int, uuid or bytes")
	flags.StringSliceVar(&f.keyPaths, "key", nil, "fields of the value that tell rows apart, such as value.id, where the records' key does not")
	_ = cmd.RegisterFlagCompletionFunc("key-format", cobra.FixedCompletions([]string{"string", "long", "int", "uuid", "bytes"}, cobra.ShellCompDirectiveNoFileComp))
	for _, name := range []string{"schema", "key-schema", "reference"} {
		_ = cmd.MarkFlagFilename(name) // the flag is there
	}
}

// check refuses what does not go together.
func (f *draftFlags) check() error {
	switch {
	case f.subject == "" && f.schema == "" && f.table == "":
		return usage("init", errors.New("name a --subject of the registry, a --schema file or a --table"))
	case f.subject != "" && f.schema != "":
		return usage("--schema", errors.New("--subject names a schema already"))
	case f.schema == "" && (f.keySchema != "" || len(f.references) > 0):
		return usage("--key-schema", errors.New("--key-schema and --reference are for --schema: name that too"))
	case len(f.keyPaths) > 0 && (f.keyFormat != "" || f.keySchema != "" || f.table != ""):
		return usage("--key", errors.New("it is for keys that are not read, and for a table that is not there yet"))
	case f.keyFormat != "" && f.keySchema != "":
		return usage("--key-format", errors.New("--key-schema says that keys are Avro"))
	case f.table != "" && strings.Count(f.table, ".") != 1:
		return usage("--table", errors.New("write KEYSPACE.TABLE"))
	}
	return nil
}

// topicName gives the topic that is meant when none is named.
func (f *draftFlags) topicName() string {
	switch {
	case f.topic != "":
		return f.topic
	case f.subject != "":
		return strings.TrimSuffix(f.subject, "-value")
	case f.schema != "":
		name := strings.TrimSuffix(filepath.Base(f.schema), filepath.Ext(f.schema))
		return strings.TrimSuffix(name, "-value")
	}
	_, name, _ := strings.Cut(f.table, ".")
	return name
}
