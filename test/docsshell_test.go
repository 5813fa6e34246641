//go:build stack

package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ingest/test/pages"
	"ingest/test/stack"
)

const (
	docWait         = time.Minute
	kubernetesGroup = "ingest-orders" // of the pages about Kubernetes
)

// docGroups are the consumer groups that the pages name.
var docGroups = []string{"demo", "ingest-payments", "ingest-payments-backfill", "ingest-crm", "connect-payments-sink", "connect-payments", "try", kubernetesGroup}

// docShell runs the commands of one page in a folder of its own. Its environment
// lives from block to block.
type docShell struct {
	t   *testing.T
	s   *scene
	dir string
	bin string

	noise *regexp.Regexp // what a command prints by chance; nil for nothing
}

// newShell copies the folder, and makes the commands that the pages use. These
// talk to the stack, whatever addresses the page gives.
func newShell(t *testing.T, s *scene, folder string, without []string) *docShell {
	t.Helper()
	sh := &docShell{t: t, s: s, dir: t.TempDir(), bin: t.TempDir()}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() || slices.Contains(without, entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sh.write(filepath.Join(sh.dir, entry.Name()), string(text))
	}
	env := append(servers.Env(), "INGEST_DEAD_LETTER_TOPIC="+s.letterTopic(), "INGEST_HTTP_ADDR=127.0.0.1:0",
		"INGEST_LOG_FORMAT=text") // as on a terminal
	sh.command("ingest", append(slices.Concat([]string{"env"}, env), string(executable)))
	for name, class := range map[string]string{"kafka-consumer-groups.sh": stack.ConsumerGroups, "kafka-topics.sh": stack.Topics} {
		argv, err := servers.KafkaToolArgs(t.Context(), class)
		if err != nil {
			t.Fatal(err)
		}
		sh.command(name, argv)
	}
	return sh
}

// command makes a command that runs argv with what it is given itself. The
// documented address of Kafka stands for the stack's.
func (sh *docShell) command(name string, argv []string) {
	var quoted strings.Builder
	for _, arg := range argv {
		fmt.Fprintf(&quoted, "'%s' ", arg)
	}
	sh.write(filepath.Join(sh.bin, name), "#!/bin/bash\nexec "+quoted.String()+
		`"${@/#kafka-1:9092/`+strings.Join(servers.Brokers(), ",")+"}\"\n")
}

func (sh *docShell) write(path, text string) {
	sh.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		sh.t.Fatal(err)
	}
}

// try runs a block, or writes its file, and holds it to what the page says.
func (sh *docShell) try(b pages.Block) {
	sh.t.Helper()
	if b.File != "" {
		sh.write(filepath.Join(sh.dir, b.File), b.Text)
		return
	}
	out, code := sh.run(b.Text)
	if code != b.Exit {
		sh.t.Errorf("line %d: exit code %d, want %d", b.Line, code, b.Exit)
	}
	if !pages.Matches(b.Prints, out) {
		sh.t.Errorf("line %d: the commands\n%sprint\n%s\nand the page says\n%s", b.Line, b.Text, out, b.Prints)
	}
}

// run gives what a block prints to both of its outputs, and its exit code. A
// block of cqlsh is one command.
func (sh *docShell) run(text string) (string, int) {
	sh.t.Helper()
	if file, ok := strings.CutPrefix(strings.TrimSpace(text), "cqlsh -f "); ok {
		cql, err := os.ReadFile(filepath.Join(sh.dir, file))
		if err != nil {
			sh.t.Fatal(err)
		}
		sh.s.run(string(cql))
		return "", 0
	}
	if query, ok := strings.CutPrefix(strings.TrimSpace(text), "cqlsh -e "); ok {
		return sh.query(strings.Trim(query, `"`)), 0
	}
	env := filepath.Join(sh.bin, "env")
	script := "set -e -o pipefail\n[ ! -e " + env + " ] || . " + env + "\n" + text + "\nexport -p > " + env + "\n"
	return sh.bash(script)
}

// bash runs a script, and ends what the script has left behind, such as a
// port-forward.
func (sh *docShell) bash(script string) (string, int) {
	sh.t.Helper()
	file, err := os.Create(filepath.Join(sh.bin, "output")) // not a pipe, which what is left behind would keep open
	if err != nil {
		sh.t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.CommandContext(sh.t.Context(), "bash", "-c", script)
	cmd.Dir, cmd.Stdout, cmd.Stderr = sh.dir, file, file
	cmd.Env = append(os.Environ(), "PATH="+sh.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		sh.t.Fatal(err)
	}
	_ = cmd.Wait()                                      // the exit code says it
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // an error: nothing is left
	out, err := os.ReadFile(file.Name())
	if err != nil {
		sh.t.Fatal(err)
	}
	if sh.noise != nil {
		out = sh.noise.ReplaceAll(out, nil)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// query prints what a SELECT gives in the manner of cqlsh; other statements print
// nothing.
func (sh *docShell) query(cql string) string {
	sh.t.Helper()
	iter := sh.s.session.Query(strings.Replace(cql, "SELECT ", "SELECT JSON ", 1)).WithContext(sh.t.Context()).Iter()
	var out strings.Builder
	for text := ""; iter.Scan(&text); {
		names, row := cellsOf(sh.t, text)
		if out.Len() == 0 {
			fmt.Fprintln(&out, strings.Join(names, " | "))
		}
		fmt.Fprintln(&out, strings.ReplaceAll(row, "\t", " | "))
	}
	if err := iter.Close(); err != nil {
		sh.t.Fatalf("%s: %v", cql, err)
	}
	return out.String()
}
