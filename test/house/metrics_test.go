package house

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/otlptranslator"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

// instrument is one metric as the source makes it.
type instrument struct {
	name, kind, unit, description string
}

// attributes are those of each instrument, with what bounds their values.
var attributes = map[string]string{
	"db.client.operation.duration":        "`db.system.name`, `db.operation.name` (WRITE, BATCH), `error.type` (a failure's class)",
	"ingest.build.info":                   "`version`, `go_version`",
	"ingest.clock.ahead":                  "`topic`",
	"ingest.clock.lifted":                 "`topic`",
	"ingest.commits":                      "`result` (ok, failed)",
	"ingest.dead_letters":                 "`class` (see [dead letters](dead-letters.md))",
	"ingest.dead_letters.payload_dropped": "",
	"ingest.dead_letters.retries":         "",
	"ingest.fetch.errors":                 "",
	"ingest.freshness":                    "`topic`",
	"ingest.in_flight.bytes":              "",
	"ingest.in_flight.records":            "",
	"ingest.lag":                          "`topic`, `partition` (those assigned)",
	"ingest.mapping.fits":                 "`topic`",
	"ingest.mapping.plans":                "`topic`, `result` (fits, unfit)",
	"ingest.partitions.assigned":          "",
	"ingest.partitions.deletes_at_risk":   "`topic`",
	"ingest.partitions.held":              "`topic`, `reason` (schema, poison, future, clock, out_of_range, batch_too_large, topic_recreated)",
	"ingest.ready":                        "`component` (cassandra, schema registry, dead letters, mapping, kafka group; other: topics, partitions and what else /readyz names)",
	"ingest.rebalances":                   "`change` (assigned, revoked, lost)",
	"ingest.records":                      "`topic`, `outcome` (written, skipped, dead_lettered, dropped, control)",
	"ingest.records.lost":                 "`topic`",
	"ingest.retention.used":               "`topic`",
	"ingest.schema_registry.requests":     "`outcome` (ok, refused, failed)",
	"ingest.schema_registry.schemas":      "",
	"ingest.sink.batch.bytes":             "",
	"ingest.sink.batch.rows":              "",
	"ingest.sink.requests":                "`server.address` (the nodes; by host id behind a secure connect bundle)",
	"ingest.sink.requests.limit":          "`server.address` (the nodes; by host id behind a secure connect bundle)",
	"ingest.sink.retries":                 "`class` (see [failure](failure.md))",
	"ingest.transaction.open":             "`topic`",
	"ingest.unacknowledged.age":           "`topic`",
	"messaging.client.consumed.messages":  "`messaging.system`, `messaging.operation.name`, `messaging.destination.name`, `messaging.consumer.group.name`",
	"messaging.process.duration":          "`messaging.system`, `messaging.operation.name`, `messaging.destination.name`, `messaging.consumer.group.name`",
}

const metricsIntroduction = `# Metrics

<!-- Generated from the source. Update it with: go test ./test/house -update -->

The worker serves these on ` + "`/metrics`" + ` of ` + "`INGEST_HTTP_ADDR`" + `, for Prometheus and as OpenMetrics, together with the Go runtime's
(` + "`go_…`" + `) and the process's (` + "`process_…`" + `). The name in the first column is OpenTelemetry's; the second is what Prometheus sees.

No attribute holds anything of a record's key or value. The number of series is bounded by what is configured: topics of the mapping, partitions
assigned, nodes of the cluster, and the fixed words below. Beyond 10,000 attribute sets an instrument folds the rest into one with
` + "`otel_metric_overflow`" + `.

| Metric | Prometheus | Type | Unit | Meaning | Attributes |
|---|---|---|---|---|---|
`

// The reference of the metrics says what the source makes.
func TestMetricsReference(t *testing.T) {
	found := instruments(t)
	var b strings.Builder
	b.WriteString(metricsIntroduction)
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		i := found[name]
		own, ok := attributes[name]
		if !ok {
			t.Errorf("%s has no line in the table of attributes", name)
		}
		exposed, err := namer.Build(otlptranslator.Metric{Name: name, Unit: i.unit, Type: promType[i.kind]})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s | %s |\n", name, exposed, i.kind, i.unit, i.description, own)
	}
	for name := range attributes {
		if _, ok := found[name]; !ok {
			t.Errorf("no source makes %s", name)
		}
	}
	const page = "../../docs/metrics.md"
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil || string(have) != b.String() {
		t.Errorf("docs/metrics.md is not what the source says (%v): go test ./test/house -update", err)
	}
}

var promType = map[string]otlptranslator.MetricType{
	"counter": otlptranslator.MetricTypeMonotonicCounter, "gauge": otlptranslator.MetricTypeGauge,
	"up-down counter": otlptranslator.MetricTypeNonMonotonicCounter, "histogram": otlptranslator.MetricTypeHistogram,
}

var makers = regexp.MustCompile(`^(?:Int64|Float64)(?:Observable)?(Counter|UpDownCounter|Gauge|Histogram)$`)

var kinds = map[string]string{"Counter": "counter", "UpDownCounter": "up-down counter", "Gauge": "gauge", "Histogram": "histogram"}

// instruments finds the calls in the source that make an instrument.
func instruments(t *testing.T) map[string]instrument {
	t.Helper()
	found := map[string]instrument{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && len(d.Name()) > 2 || path == "../../test"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if i, ok := made(n); ok {
				found[i.name] = i
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// made gives the instrument that a call makes.
func made(n ast.Node) (instrument, bool) {
	call, method := called(n)
	kind := makers.FindStringSubmatch(method)
	if kind == nil || len(call.Args) == 0 {
		return instrument{}, false
	}
	i := instrument{name: text(call.Args[0]), kind: kinds[kind[1]]}
	for _, option := range call.Args[1:] {
		of, name := called(option)
		switch name {
		case "WithUnit":
			i.unit = text(of.Args[0])
		case "WithDescription":
			i.description = text(of.Args[0])
		}
	}
	return i, i.name != ""
}

func called(n ast.Node) (*ast.CallExpr, string) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil, ""
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); ok {
		return call, method.Sel.Name
	}
	return call, ""
}

// text gives a string literal's value; "" of anything else.
func text(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return value
}
