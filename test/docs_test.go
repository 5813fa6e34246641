//go:build stack

package test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"ingest/mapping"
	"ingest/test/harness"
	"ingest/test/pages"
	"ingest/test/tried"
)

// docPages are the pages whose commands run, with the folder that each begins in.
// The folder's tables, schemas and records are there before the first command.
var docPages = []docPage{
	{file: "tutorial.md", folder: "../examples/orders"},
	{file: "howto/own-clusters.md", folder: "testdata/docs/payments", without: []string{"mapping.yaml", "schema.cql"}},
	{file: "howto/debezium.md", folder: "../examples/debezium-customers"},
	{file: "howto/backfill.md", folder: "testdata/docs/payments"},
	{file: "howto/change-a-mapping.md", folder: "testdata/docs/payments"},
	{file: "howto/resize.md", folder: "testdata/docs/payments"},
	{file: "howto/upgrade.md", folder: "testdata/docs/payments"},
	{file: "howto/from-datastax-connector.md", folder: "testdata/docs/payments", group: "connect-payments-sink"},
	{file: "howto/from-redpanda-connect.md", folder: "testdata/docs/payments", group: "connect-payments"},
	{file: "validate.md", folder: "testdata/docs/payments"},
	{file: "explain.md", folder: "testdata/docs/payments"},
	{file: "verify.md", folder: "testdata/docs/payments", moved: true},
	{file: "dead-letters.md", folder: "testdata/docs/payments", moved: true},
	{file: "../examples/README.md", folder: "../examples/orders"},
}

// docPage is a page of docs with commands.
type docPage struct {
	file, folder string
	without      []string // files of the folder that the page makes itself; without schema.cql it makes the tables, too
	group        string   // a group that another program has committed two records for
	moved        bool     // whether a worker has moved the records before the page begins
}

// Every command of these pages runs as it stands there, in the page's order, and
// prints what the page says. Those that cannot run say why; package house lists them.
func TestDocs(t *testing.T) {
	for _, page := range docPages {
		blocks, err := pages.Read(filepath.Join("../docs", page.file))
		if err != nil || len(blocks) == 0 {
			t.Fatalf("%d blocks, %v", len(blocks), err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(page.file), ".md"), func(t *testing.T) { page.try(t, blocks) })
	}
}

func (p docPage) try(t *testing.T, blocks []pages.Block) {
	e, err := tried.Folder(p.folder)
	if err != nil {
		t.Fatal(err)
	}
	file, found := mapping.Parse("mapping.yaml", []byte(e.Mapping))
	if found.Err() != nil {
		t.Fatal(found)
	}
	s := newTopic(t, file.Topics[0].Name)
	if len(p.without) == 0 {
		s.run(e.CQL)
	}
	s.produceExample(e, &file.Topics[0])
	if p.group != "" {
		offsets := kadm.Offsets{}
		offsets.AddOffset(s.name, 0, 2, -1)
		if err := s.admin.CommitAllOffsets(t.Context(), p.group, offsets); err != nil {
			t.Fatal(err)
		}
	}
	sh := newShell(t, s, p.folder, p.without)
	if p.moved {
		sh.try(pages.Block{Text: "INGEST_MAPPING_FILE=mapping.yaml INGEST_KAFKA_GROUP_ID=ingest-payments ingest run --until-current >/dev/null\n"})
	}
	for _, b := range blocks {
		if b.NotRun == "" && b.On == "" {
			sh.try(b)
		}
	}
}

// newTopic gives a topic that is new, and removes what the examples and the pages,
// which have the same, have left under its names.
func newTopic(t *testing.T, topic string) *scene {
	t.Helper()
	s := &scene{t: t, name: topic, partitions: 1, session: cassandra(t), client: kafka(t)}
	s.admin = kadm.NewClient(s.client)
	for _, keyspace := range []string{"shop", "crm", "bank"} {
		execute(t, s.session, "DROP KEYSPACE IF EXISTS "+keyspace)
	}
	remove := func() error {
		_, err := s.admin.DeleteTopics(t.Context(), s.name, s.letterTopic())
		if err != nil {
			return err
		}
		deleted, err := s.admin.DeleteGroups(t.Context(), append(docGroups, topic)...)
		for _, group := range deleted {
			if group.Err != nil && !errors.Is(group.Err, kerr.GroupIDNotFound) {
				return fmt.Errorf("group %s: %w", group.Group, group.Err)
			}
		}
		return err
	}
	harness.Eventually(t, docWait, "what was there is removed", remove)
	harness.Eventually(t, docWait, "the topic is made anew", func() error {
		resp, err := s.admin.CreateTopic(t.Context(), 1, 1, nil, s.name)
		if err == nil {
			err = resp.Err
		}
		return err
	})
	return s
}
