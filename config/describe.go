package config

import (
	"fmt"
	"reflect"
	"strings"

	"ingest/config/secret"
)

// Origin says where a setting's value comes from.
type Origin string

// The origins of a setting.
const (
	Environment Origin = "environment"
	File        Origin = "file"   // a secret's file, named by the environment
	Bundle      Origin = "bundle" // the secure connect bundle, named by the environment
	Default     Origin = "default"
)

// Setting is one setting for people.
type Setting struct {
	Name        string `json:"name"`
	Value       string `json:"value"` // redacted
	Origin      Origin `json:"origin"`
	Description string `json:"description"`
}

// Effective lists every setting with the value that counts, without secrets, in
// the order of the reference.
func (c *Config) Effective() []Setting {
	var out []Setting
	for _, v := range c.variables() {
		origin := c.origins[v.name]
		if origin == "" {
			origin = Default
		}
		out = append(out, Setting{v.name, v.text(), origin, v.desc})
	}
	return out
}

// introduction opens the reference.
const introduction = `# Configuration

<!-- Generated from the settings' structs. Update it with: go test ./config -update -->

The worker is configured by environment variables and by the mapping file, which wins where both
say something. ` + "`ingest config`" + ` shows the values in effect and where they come from.

- An empty variable counts as one that is not set.
- Every secret can be given as a file instead: ` + "`X_FILE`" + ` names the file that holds ` + "`X`" + `. It is read again
  when it is needed, at least for every new connection, so a rotated secret needs no restart. Setting both is an error.
- Lists are separated by commas. Durations look like ` + "`500ms`, `30s` or `5m`" + `.
- An unknown ` + "`INGEST_…`" + ` name is an error, except for those that Kubernetes injects for services called
  ingest (` + "`INGEST_SERVICE_HOST`, `INGEST_PORT=tcp://…`" + ` and the like).
- All faults are reported at once, and the exit code is then 78.
- OpenTelemetry is configured by its own ` + "`OTEL_…`" + ` variables.
`

// Reference writes docs/configuration.md.
func Reference() string {
	var b strings.Builder
	b.WriteString(introduction)
	section := ""
	for _, v := range (&Config{}).variables() {
		if v.section != section {
			section = v.section
			b.WriteString("\n## " + section + "\n\n| Variable | Default | Meaning |\n|---|---|---|\n")
		}
		b.WriteString("| `" + strings.Join(v.names(), "`, `") + "` | " + v.defaultCell() + " | " + escapeCell(v.desc) + " |\n")
	}
	return b.String()
}

func (v *variable) defaultCell() string {
	switch {
	case v.required:
		cell := "required, for example `" + v.example + "`"
		if v.or != "" {
			cell += ", or else `" + v.or + "`"
		}
		return cell
	case v.def != "":
		return "`" + v.def + "`"
	case v.field.Kind() == reflect.Bool:
		return "`false`"
	}
	return ""
}

// escapeCell keeps a text within its table cell.
func escapeCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// text writes the variable's current value for people, without secrets.
func (v *variable) text() string {
	switch value := v.field.Interface().(type) {
	case secret.Value:
		if path := value.Path(); path != "" {
			return value.String() + " from " + path
		}
		return value.String()
	case []string:
		shown := make([]string, len(value))
		for i, entry := range value {
			shown[i] = withoutPassword(entry)
		}
		return strings.Join(shown, ",")
	case string:
		return withoutPassword(value)
	}
	return fmt.Sprint(v.field.Interface())
}

// withoutPassword hides the user information of a URL, and of an address that
// somebody wrote like one: everything before the last @, since a password may
// hold one itself.
func withoutPassword(text string) string {
	at := strings.LastIndexByte(text, '@')
	if at < 0 || !strings.Contains(text[:at], ":") {
		return text
	}
	scheme, _, isURL := strings.Cut(text[:at], "://")
	if !isURL {
		return secret.Redacted + text[at:]
	}
	return scheme + "://" + secret.Redacted + text[at:]
}
