package registry

import (
	"errors"
	"strings"
	"testing"

	"ingest/mapping/avro"
	"ingest/retry"
)

func TestOfflineKnowsItsFilesAndNothingElse(t *testing.T) {
	c, err := NewOffline([]SchemaFile{
		{"a-value", "one.avsc", `"long"`}, {"b-value", "other.avsc", `{"type": "array", "items": "ns.Item"}`}, {"a-value", "two.avsc", `"string"`},
	}, []avro.Reference{{Name: "item.avsc", Schema: `{"type": "record", "name": "Item", "namespace": "ns", "fields": []}`}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	versions, err := c.Versions(t.Context(), "a-value")
	if err != nil || len(versions) != 2 || versions[1].ID != 3 || versions[1].Name() != "two.avsc (subject a-value version 2)" {
		t.Errorf("versions %+v, %v", versions, err)
	}
	if _, err := c.Versions(t.Context(), "c-value"); !errors.Is(err, ErrUnknownSubject) {
		t.Errorf("a subject without a file: %v", err)
	}
	if s, err := c.Schema(t.Context(), 2); err != nil || s.Shape().Elem.Name != "ns.Item" {
		t.Errorf("schema 2: %+v, %v", s, err)
	}
	_, err = c.Schema(t.Context(), 4)
	wantReason(t, err, retry.ReasonUnknownSchema)
}

func TestOfflineNamesEveryFileThatIsNoSchema(t *testing.T) {
	_, err := NewOffline([]SchemaFile{{"a", "bad.avsc", `{`}, {"a", "good.avsc", `"int"`}, {"a", "worse.avsc", `"itn"`}}, nil)
	if err == nil || !strings.Contains(err.Error(), "bad.avsc: ") || !strings.Contains(err.Error(), "worse.avsc: ") || strings.Contains(err.Error(), "good.avsc") {
		t.Errorf("error %v", err)
	}
}
