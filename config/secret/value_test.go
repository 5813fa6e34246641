package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ingest/config/secret"
)

// renderings shows a value in every way that programs print things by accident.
func renderings(t *rapid.T, value secret.Value) string {
	type holder struct {
		Exported secret.Value
		hidden   secret.Value
		pointer  *secret.Value
	}
	var out bytes.Buffer
	for _, shown := range []any{value, &value, holder{value, value, &value}, &holder{value, value, &value}, []secret.Value{value}, map[string]secret.Value{"k": value}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%20s", "%-5.3v"} {
			fmt.Fprintf(&out, verb+"\n", shown)
		}
		for _, log := range []*slog.Logger{slog.New(slog.NewJSONHandler(&out, nil)), slog.New(slog.NewTextHandler(&out, nil))} {
			log.Info("connecting", "password", shown)
		}
		encoded, err := json.Marshal(shown)
		if err != nil {
			t.Fatalf("encoding: %v", err)
		}
		out.Write(encoded)
	}
	fmt.Fprint(&out, value, value.String(), value.GoString())
	return out.String()
}

func TestSecretIsNeverShown(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		// Long enough and of letters that no rendering contains by chance.
		text := rapid.StringMatching(`[g-w]{12,40}`).Draw(rt, "secret")
		path := filepath.Join(dir, "password")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			rt.Fatal(err)
		}
		for _, value := range []secret.Value{secret.Literal(text), secret.File(path)} {
			shown := renderings(rt, value)
			if strings.Contains(shown, text) || strings.Contains(shown, fmt.Sprintf("%x", text)) {
				rt.Fatalf("the secret is shown:\n%s", shown)
			}
			if !strings.Contains(shown, "[redacted]") {
				rt.Fatal("nothing says that there is a secret")
			}
		}
	})
}

func TestReveal(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"plain":                      {"s3cret", "s3cret"},
		"one newline":                {"s3cret\n", "s3cret"},
		"one CRLF":                   {"s3cret\r\n", "s3cret"},
		"only the last newline":      {"s3cret\n\n", "s3cret\n"},
		"blanks belong to it":        {" s3 cret \n", " s3 cret "},
		"newlines within belong too": {"a\nb\n", "a\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "password")
			write(t, path, test.content)
			got, err := secret.File(path).Reveal()
			if err != nil || got != test.want {
				t.Fatalf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestRevealReadsTheFileAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	write(t, path, "old\n")
	value := secret.File(path)
	if got, err := value.Reveal(); err != nil || got != "old" {
		t.Fatalf("got %q, %v", got, err)
	}
	write(t, path, "new\n")
	if got, err := value.Reveal(); err != nil || got != "new" {
		t.Fatalf("got %q, %v after the rotation", got, err)
	}
}

func TestRevealErrorsNameThePath(t *testing.T) {
	dir := t.TempDir()
	empty, large := filepath.Join(dir, "empty"), filepath.Join(dir, "large")
	write(t, empty, "\n")
	write(t, large, strings.Repeat("x", 1<<20+1))
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"): "no such file or directory",
		dir:                           "is a directory",
		empty:                         "it is empty",
		large:                         "larger than 1 MiB",
	} {
		_, err := secret.File(path).Reveal()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: got %v; want %q and the path once", path, err, want)
		}
	}
}

func TestUnset(t *testing.T) {
	for name, value := range map[string]secret.Value{"zero": {}, "empty literal": secret.Literal(""), "empty path": secret.File("")} {
		got, err := value.Reveal()
		if value.IsSet() || got != "" || err != nil || value.String() != "" || value.Path() != "" {
			t.Errorf("%s: set %v, %q, %v, shown as %q", name, value.IsSet(), got, err, value)
		}
	}
	if !secret.Literal("x").IsSet() || !secret.File("/x").IsSet() || secret.File("/x").Path() != "/x" {
		t.Error("a given secret is not set")
	}
}

func ExampleValue() {
	password := secret.Literal("s3cret")
	text, err := password.Reveal()
	fmt.Println(password, text, err)
	// Output: [redacted] s3cret <nil>
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
