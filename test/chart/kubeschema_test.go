package chart

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// The versions of Kubernetes that the chart supports from and to, and those of the
// operators whose objects it makes. Their schemas come from their Go modules.
const (
	oldestKubernetes = "v1.31.14"
	newestKubernetes = "v1.37.2"
	keda             = "github.com/kedacore/keda/v2@v2.21.0"
	operator         = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
)

// download gives the folder of a module's source. The module is not required, so
// that its own requirements stay out of this one.
func download(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("downloading %s: %v\n%s", module, err, out)
	}
	var got struct{ Dir string }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	return got.Dir
}

// writeKubernetesSchemas makes JSON schemas of a Kubernetes version's own objects
// out of its OpenAPI document, one file for each kind that is wanted.
func writeKubernetesSchemas(t *testing.T, version, dir string, wanted []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(download(t, "k8s.io/kubernetes@"+version), "api/openapi-spec/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Definitions map[string]map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for name, definition := range document.Definitions {
		strict(definition)
		if flexible := flexibleTypes[lastPart(name)]; flexible != nil {
			document.Definitions[name] = flexible
		}
	}
	for name, definition := range document.Definitions {
		versions, _ := definition["x-kubernetes-group-version-kind"].([]any)
		if len(versions) != 1 || !slices.Contains(wanted, lastPart(name)) {
			continue
		}
		kind := versions[0].(map[string]any)
		writeSchema(t, dir, kind["group"].(string), kind["version"].(string), kind["kind"].(string),
			map[string]any{"$ref": "#/definitions/" + name, "definitions": document.Definitions})
	}
}

// flexibleTypes are texts to OpenAPI, but numbers are taken for them too.
var flexibleTypes = map[string]map[string]any{
	"Quantity":    {"type": []any{"string", "number"}},
	"IntOrString": {"type": []any{"string", "integer"}},
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// writeResourceSchema makes a schema out of a CustomResourceDefinition.
func writeResourceSchema(t *testing.T, file, dir string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	for _, v := range crd.Spec.Versions {
		strict(v.Schema.OpenAPIV3Schema)
		writeSchema(t, dir, crd.Spec.Group, v.Name, crd.Spec.Names.Kind, v.Schema.OpenAPIV3Schema)
	}
}

// strict lets no object have a field that its schema does not name: Kubernetes
// would drop it without a word.
func strict(schema map[string]any) {
	properties, _ := schema["properties"].(map[string]any)
	_, open := schema["additionalProperties"]
	if keeps, _ := schema["x-kubernetes-preserve-unknown-fields"].(bool); properties != nil && !open && !keeps {
		schema["additionalProperties"] = false
	}
	for _, p := range properties {
		strict(p.(map[string]any))
	}
	for _, inner := range []string{"items", "additionalProperties"} {
		if s, ok := schema[inner].(map[string]any); ok {
			strict(s)
		}
	}
}

// writeSchema writes a schema under the name that kubeconform looks for.
func writeSchema(t *testing.T, dir, group, version, kind string, schema map[string]any) {
	t.Helper()
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	parts := []string{strings.ToLower(kind)}
	if group != "" {
		first, _, _ := strings.Cut(group, ".")
		parts = append(parts, first)
	}
	name := strings.Join(append(parts, version), "-") + ".json"
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
		t.Fatal(err)
	}
}
