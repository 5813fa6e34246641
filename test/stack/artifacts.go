package stack

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed poms/*.xml
var poms embed.FS

// unfinished begins the name of a folder that is being filled.
const unfinished = "unfinished-"

// artifact is one server as Maven Central publishes it. name is that of its pom,
// which is one of ours unless it says its own.
type artifact struct {
	name, version string
	pom           []byte
}

func (a artifact) String() string { return a.name + "-" + a.version }

// unpacks says whether the artifact is an archive instead of a set of jars.
func (a artifact) unpacks() bool { return a.name == "apicurio" }

// Fetch downloads all servers, so that later starts need no network. progress
// may be nil.
func Fetch(ctx context.Context, progress func(string)) error {
	home, err := findHome()
	if err != nil {
		return err
	}
	all := []artifact{
		{name: "kafka", version: KafkaVersion}, {name: "cassandra", version: CassandraVersion50},
		{name: "cassandra", version: CassandraVersion41}, {name: "apicurio", version: RegistryVersion},
	}
	store := library{dir: home.lib(), say: quietUnless(progress)}
	for _, a := range all {
		if _, err := store.get(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// library is the folder of downloaded servers. It is shared by all processes of
// this machine: a folder appears there by a rename, complete or not at all.
type library struct {
	dir string
	say func(string)
}

// get returns the folder that holds the artifact's jars, downloading it first
// when it is missing.
func (l library) get(ctx context.Context, a artifact) (string, error) {
	dir := filepath.Join(l.dir, a.String())
	if exists(dir) {
		return dir, nil
	}
	// One lock for all artifacts: Maven's own repository takes one writer.
	lock, err := waitLock(ctx, filepath.Join(l.dir, "download.lock"), func() {
		l.say("waiting for another process that downloads servers")
	})
	if err != nil {
		return "", err
	}
	defer lock.release()
	if exists(dir) {
		return dir, nil
	}
	if err := l.download(ctx, a, dir); err != nil {
		return "", fmt.Errorf("downloading %s: %w", a, err)
	}
	return dir, nil
}

func (l library) download(ctx context.Context, a artifact, dir string) (err error) {
	started := time.Now()
	l.say(fmt.Sprintf("downloading %s with Maven", a))
	if err := l.clearUnfinished(); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(l.dir, unfinished)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if err := runMaven(ctx, a, temp); err != nil {
		return err
	}
	jars := filepath.Join(temp, "lib")
	if a.unpacks() {
		if err := unpackIn(ctx, jars); err != nil {
			return err
		}
	}
	if err := os.Rename(jars, dir); err != nil {
		return err
	}
	l.say(fmt.Sprintf("downloaded %s in %s", a, seconds(time.Since(started))))
	return nil
}

// clearUnfinished removes what downloads left whose process was killed. The
// caller holds the lock, so nobody works in those folders.
func (l library) clearUnfinished() error {
	left, err := filepath.Glob(filepath.Join(l.dir, unfinished+"*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// runMaven leaves the artifact and all that it needs in temp/lib.
func runMaven(ctx context.Context, a artifact, temp string) error {
	maven, err := lookMaven()
	if err != nil {
		return err
	}
	pom := a.pom
	if pom == nil {
		if pom, err = poms.ReadFile("poms/" + a.name + ".xml"); err != nil {
			return err
		}
	}
	pom = bytes.ReplaceAll(pom, []byte("@VERSION@"), []byte(a.version))
	if err := os.WriteFile(filepath.Join(temp, "pom.xml"), pom, 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, maven, "--quiet", "--batch-mode", "--strict-checksums",
		"dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(temp, "lib"))
	cmd.Dir = temp
	cmd.WaitDelay = 5 * time.Second // a child of a killed mvn may hold its output open
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("mvn dependency:copy-dependencies: %w\n%s", err, lastLines(string(out), 20))
	}
	return nil
}

// unpackIn unpacks the one archive in dir and removes it.
func unpackIn(ctx context.Context, dir string) error {
	archives, err := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
	if err != nil {
		return err
	}
	if len(archives) != 1 {
		return fmt.Errorf("expected one archive, found %d", len(archives))
	}
	out, err := exec.CommandContext(ctx, "tar", "-C", dir, "-xzf", archives[0]).CombinedOutput()
	if err != nil {
		return fmt.Errorf("unpacking %s: %w\n%s", archives[0], err, lastLines(string(out), 5))
	}
	return os.Remove(archives[0])
}

// oneFile returns the one file that the pattern matches.
func oneFile(pattern string) (string, error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("expected one file %s, found %d: remove that folder, it is downloaded again", pattern, len(found))
	}
	return found[0], nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// lastLines returns at most n lines of the end of text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
