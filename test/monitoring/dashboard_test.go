package monitoring

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
)

const dashboardFile = "../../deploy/helm/files/dashboards/ingest.json"

var update = flag.Bool("update", false, "write the dashboard anew")

// The dashboard is what its table of panels says.
func TestDashboard(t *testing.T) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(dashboard()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(dashboardFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have := read(t, dashboardFile); have != b.String() {
		t.Error("the dashboard is not what test/monitoring/panels_test.go says: go test ./test/monitoring -update")
	}
}

// What Grafana would stumble over, or show on top of each other.
func TestDashboardIsWellFormed(t *testing.T) {
	d := readDashboard(t)
	if d.SchemaVersion < 39 || d.UID == "" || d.Title == "" {
		t.Errorf("schema version %d, uid %q, title %q", d.SchemaVersion, d.UID, d.Title)
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 {
			t.Errorf("%s: id %d is not its own", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.GridPos.X < 0 || p.GridPos.W <= 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s: stands outside of the 24 columns: %+v", p.Title, p.GridPos)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok {
					t.Fatalf("%s lies on %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		checkTargets(t, p)
	}
	if len(d.Panels) < 30 {
		t.Errorf("only %d panels", len(d.Panels))
	}
}

// checkTargets sees that a panel asks the chosen datasource, once for each letter.
func checkTargets(t *testing.T, p panel) {
	t.Helper()
	if p.Type != "row" && (len(p.Targets) == 0 || p.Description == "" || p.Datasource == nil || p.Datasource.UID != "${datasource}") {
		t.Errorf("%s: %d targets, description %q, datasource %v", p.Title, len(p.Targets), p.Description, p.Datasource)
	}
	letters := map[string]bool{}
	for _, target := range p.Targets {
		if target.Expr == "" || letters[target.RefID] {
			t.Errorf("%s: target %q: %q", p.Title, target.RefID, target.Expr)
		}
		letters[target.RefID] = true
	}
}

func readDashboard(t *testing.T) board {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(read(t, dashboardFile))))
	decoder.DisallowUnknownFields()
	var d board
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
