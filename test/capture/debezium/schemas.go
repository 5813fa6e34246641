package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"os"

	"ingest/test/captured"
)

// readSubjects gives the ids of all versions of all subjects.
func readSubjects(ctx context.Context, registry string) (map[string][]int, error) {
	var names []string
	if err := getJSON(ctx, registry+"/subjects", &names); err != nil {
		return nil, err
	}
	all := map[string][]int{}
	for _, name := range names {
		base := registry + "/subjects/" + url.PathEscape(name) + "/versions"
		var versions []int
		if err := getJSON(ctx, base, &versions); err != nil {
			return nil, err
		}
		for _, v := range versions {
			var one struct{ ID int }
			if err := getJSON(ctx, fmt.Sprintf("%s/%d", base, v), &one); err != nil {
				return nil, err
			}
			all[name] = append(all[name], one.ID)
		}
	}
	return all, nil
}

// readSchemas gives the schemas that the records of a file name.
func readSchemas(ctx context.Context, registry string, f *captured.File) (map[int]json.RawMessage, error) {
	all := map[int]json.RawMessage{}
	records := f.Beside
	for _, s := range f.Steps {
		records = append(records, s.Records...)
	}
	for _, r := range records {
		for _, data := range [][]byte{r.Key, r.Value} {
			if data == nil {
				continue
			}
			if len(data) < 5 || data[0] != 0 {
				fmt.Fprintf(os.Stderr, "a record of %s has no schema id in front: %q\n", r.Topic, data)
				continue
			}
			id := int(binary.BigEndian.Uint32(data[1:]))
			if all[id] != nil {
				continue
			}
			var one struct{ Schema string }
			if err := getJSON(ctx, fmt.Sprintf("%s/schemas/ids/%d", registry, id), &one); err != nil {
				return nil, err
			}
			all[id] = json.RawMessage(one.Schema)
		}
	}
	return all, nil
}
