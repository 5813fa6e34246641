// Package secret holds what must never be shown: values that are given outright
// or read from a mounted file, and the TLS settings that point at key files.
// Files are read again for every new connection, so that a rotated password or
// certificate needs no restart.
package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
)

// Redacted stands wherever a secret would be printed.
const Redacted = "[redacted]"

// maxFileBytes bounds a secret file. Kubernetes itself refuses secrets over 1 MiB.
const maxFileBytes = 1 << 20

// Value is a secret: a literal, the path of a file that holds it, or (the zero
// Value) nothing. No way of printing or encoding a Value shows the secret; only
// Reveal does.
type Value struct {
	source *source
}

// source hides a literal in a function. Package fmt does not call the methods of
// a struct's unexported fields but walks into them, with some verbs through
// pointers too; of a function it prints an address.
type source struct {
	literal func() string
	path    string
}

// Literal gives a secret that is known. An empty text gives an unset Value.
func Literal(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{&source{literal: func() string { return text }}}
}

// File gives a secret that stands in a file. An empty path gives an unset Value.
func File(path string) Value {
	if path == "" {
		return Value{}
	}
	return Value{&source{path: path}}
}

// IsSet reports whether there is a secret to reveal.
func (v Value) IsSet() bool { return v.source != nil }

// Path gives the file that holds the secret, empty for a literal.
func (v Value) Path() string {
	if v.source == nil {
		return ""
	}
	return v.source.path
}

// Reveal gives the secret, read from its file at every call; one line ending at
// the end of the file is not part of it. An unset Value reveals as empty. The
// error names the file and what is wrong with it.
func (v Value) Reveal() (string, error) {
	switch {
	case v.source == nil:
		return "", nil
	case v.source.path == "":
		return v.source.literal(), nil
	}
	content, err := ReadFile(v.source.path)
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(string(content), "\n")
	text = strings.TrimSuffix(text, "\r")
	if text == "" {
		return "", fmt.Errorf("reading the secret file %s: it is empty", v.source.path)
	}
	return text, nil
}

// ReadFile reads a small file, of 1 MiB at most, that holds secrets. Its errors name the
// path and never the content.
func ReadFile(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fileError(path, err)
	}
	defer func() { _ = file.Close() }() // nothing was written that closing could lose
	content, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, fileError(path, err)
	}
	if len(content) > maxFileBytes {
		return nil, fmt.Errorf("reading the secret file %s: it is larger than 1 MiB", path)
	}
	return content, nil
}

// fileError keeps the cause of a failed file operation, and the path once.
func fileError(path string, err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	return fmt.Errorf("reading the secret file %s: %w", path, err)
}

// String gives Redacted, or an empty text when nothing is set.
func (v Value) String() string {
	if v.source == nil {
		return ""
	}
	return Redacted
}

// GoString redacts %#v.
func (v Value) GoString() string { return fmt.Sprintf("secret.Value(%q)", v.String()) }

// Format redacts every verb of package fmt.
func (v Value) Format(state fmt.State, verb rune) {
	text := v.String()
	if verb == 'v' && state.Flag('#') {
		text = v.GoString()
	}
	// A Formatter has no way to report a failed write.
	_, _ = io.WriteString(state, text)
}

// LogValue redacts in log/slog.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalText redacts in JSON, YAML and other encodings.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
