//go:build image

package image

import (
	"archive/tar"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

const (
	proxy        = "/proxy" // in the base image: the modules, as the go command's file proxy
	authorities  = "/etc/ssl/certs/ca-certificates.crt"
	baseName     = "ingest-test-base"
	goroot       = "/usr/local/go"
	basePATHLine = "ENV PATH=/usr/local/go/bin:/bin"
)

// importBase makes an image that stands in for the one with the compiler: no
// registry is asked. It has this machine's Go, a shell, and the modules.
func (e *engine) importBase(t *testing.T) {
	t.Helper()
	reader, writer := io.Pipe()
	cmd := exec.CommandContext(t.Context(), "docker", "import", "--change", basePATHLine, "-", baseName)
	cmd.Env, cmd.Stdin = e.env, reader
	done := make(chan error, 1)
	go func() {
		out := tar.NewWriter(writer)
		err := writeBase(out)
		if err == nil {
			err = out.Close()
		}
		done <- writer.CloseWithError(err)
	}()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("docker import: %v\n%s", err, out)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func writeBase(out *tar.Writer) error {
	root, err := goEnv("GOROOT")
	if err != nil {
		return err
	}
	for _, part := range []string{"VERSION", "go.env", "bin", "src", "pkg", "lib"} {
		if err := addTree(out, filepath.Join(root, part), goroot+"/"+part); err != nil {
			return err
		}
	}
	if err := out.WriteHeader(&tar.Header{Name: "tmp/", Mode: 0o1777, Typeflag: tar.TypeDir}); err != nil {
		return err
	}
	if err := addFile(out, authorities, authorities); err != nil {
		return err
	}
	if err := addShell(out); err != nil {
		return err
	}
	return addModules(out)
}

// addShell adds /bin/sh with the libraries that it is linked with.
func addShell(out *tar.Writer) error {
	if err := addFile(out, "/bin/sh", "/bin/sh"); err != nil {
		return err
	}
	listed, err := exec.Command("ldd", "/bin/sh").Output()
	if err != nil {
		return err
	}
	for _, library := range regexp.MustCompile(`/\S+`).FindAllString(string(listed), -1) {
		if err := addFile(out, library, library); err != nil {
			return err
		}
	}
	return nil
}

// addModules adds what go.sum lists, from this machine's module cache.
func addModules(out *tar.Writer) error {
	download := exec.Command("go", "mod", "download")
	download.Dir = "../.."
	if err := download.Run(); err != nil {
		return err
	}
	cache, err := goEnv("GOMODCACHE")
	if err != nil {
		return err
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		return err
	}
	added := map[string]bool{}
	for line := range strings.Lines(string(sums)) {
		fields := strings.Fields(line)
		version := strings.TrimSuffix(fields[1], "/go.mod")
		for _, ending := range []string{".info", ".mod", ".zip"} {
			name := escape(fields[0]) + "/@v/" + escape(version) + ending
			from := filepath.Join(cache, "cache/download", name)
			if _, err := os.Stat(from); err != nil || added[name] {
				continue
			}
			added[name] = true
			if err := addFile(out, from, proxy+"/"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// escape writes a module's path as the proxy's protocol has it.
func escape(path string) string {
	var b strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func addTree(out *tar.Writer, from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		return addFile(out, path, to+strings.TrimPrefix(path, from))
	})
}

// addFile adds a file, following links.
func addFile(out *tar.Writer, from, to string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: strings.TrimPrefix(to, "/"), Mode: int64(info.Mode().Perm()), Size: info.Size(), Typeflag: tar.TypeReg}
	if err := out.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(out, file)
	return err
}

func goEnv(name string) (string, error) {
	out, err := exec.Command("go", "env", name).Output()
	return strings.TrimSpace(string(out)), err
}
