//go:build stack

package test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// typesScene is what test/typesoracle/generate.py makes.
type typesScene struct {
	DDL     []string
	Schema  string
	Records [][]byte          // Avro, in base64
	Units   map[string]string // of columns, as `unit:` has it
	Pairs   [][2]string       // rows and columns of the type table
}

// python runs one of the scripts that know Avro and CQL by fastavro and
// cassandra-driver alone.
func python(t *testing.T, script string, args ...string) (output []byte, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "../.local/python/bin/python", append([]string{"-B", "typesoracle/" + script}, args...)...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil && (cmd.ProcessState == nil || len(output) == 0) {
		t.Fatalf("%s: %v (`make deps` installs what it needs)\n%s", script, err, &complaints)
	}
	return output, err == nil
}

// TestTypes moves every legal pair of docs/types.md from records that fastavro
// wrote into rows that cassandra-driver reads: what is expected comes from those two.
func TestTypes(t *testing.T) {
	made, _ := python(t, "generate.py", "types")
	var g typesScene
	if err := json.Unmarshal(made, &g); err != nil {
		t.Fatal(err)
	}
	everyPair(t, g.Pairs)
	s := newScene(t, "types", 1, g.DDL...)
	id := registerText(t, "types-value", g.Schema)
	for i, record := range g.Records {
		produce(t, s.client, s.record(fmt.Sprint(i), append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), record...)))
	}
	s.catchUp(s.env(typesMapping(g.Units)))
	s.noLetters()
	differences, same := python(t, "compare.py", servers.CassandraHosts()[0], fmt.Sprint(servers.CassandraPort()), "types")
	if !same {
		t.Errorf("what was read is not what was written:\n%s", differences)
	}
	t.Logf("%s", differences)
}

func typesMapping(units map[string]string) string {
	var b strings.Builder
	b.WriteString(`version: 1
topics:
  - topic: types
    key:
      format: string
    tables:
      - table: types.wide
        accept: [list_append]
        columns_from: value
        columns:
          k: key
`)
	for _, column := range slices.Sorted(maps.Keys(units)) {
		fmt.Fprintf(&b, "          %s:\n            from: value.%s\n            unit: %s\n", column, column, units[column])
	}
	return b.String()
}

// everyPair holds the pairs that are moved to be those that the table allows. Only
// counters are left to the tests of counter tables, since no other column may stand
// beside one.
func everyPair(t *testing.T, pairs [][2]string) {
	t.Helper()
	table, err := os.ReadFile("../mapping/testdata/types.tsv")
	if err != nil {
		t.Fatal(err)
	}
	legal, moved := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(table)) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if len(cells) == 3 && len(cells[2]) == 1 && strings.Contains("LCF", cells[2]) && cells[1] != "counter" {
			legal[cells[0]+" into "+cells[1]] = true
		}
	}
	for _, pair := range pairs {
		moved[pair[0]+" into "+pair[1]] = true
	}
	for name := range legal {
		if !moved[name] {
			t.Errorf("%s is legal and not moved", name)
		}
	}
	for name := range moved {
		if !legal[name] {
			t.Errorf("%s is moved and not legal", name)
		}
	}
}
