// Command demo shows the worker at work: it starts a real Kafka, Cassandra and
// schema registry, produces sample orders, runs bin/ingest until it has caught
// up, and reads the rows back. On a terminal the servers stay for trying things
// until Ctrl-C.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"ingest/test/stack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := demo(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

const example = "examples/orders"

func demo(ctx context.Context) error {
	begin := time.Now()
	if err := atRoot(); err != nil {
		return err
	}
	say("Starting Kafka, Cassandra and a schema registry on this machine")
	options := stack.Default()
	options.Progress = stack.WriterProgress(os.Stdout)
	servers, err := stack.Start(ctx, options)
	if err != nil {
		return err
	}
	defer servers.Stop()

	say("Creating the topic, the schema and the tables of " + example)
	sample, err := prepare(ctx, servers)
	if err != nil {
		return err
	}
	say(fmt.Sprintf("Producing %d orders: each placed and paid, every tenth deleted", orders))
	if err := sample.produce(ctx); err != nil {
		return err
	}
	env := append(servers.Env(), "INGEST_MAPPING_FILE="+example+"/mapping.yaml", "INGEST_KAFKA_GROUP_ID=demo")
	say("Running: ingest run --until-current")
	if err := worker(ctx, env); err != nil {
		return err
	}
	say("Reading the rows back")
	if err := show(ctx, servers); err != nil {
		return err
	}
	say(fmt.Sprintf("Done in %.0f s", time.Since(begin).Seconds()))
	return stay(ctx, env)
}

// atRoot goes to the folder of go.mod, so that the demo can be started from
// anywhere below it.
func atRoot() error {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("looking for the repository: %w", err)
	}
	return os.Chdir(filepath.Dir(strings.TrimSpace(string(out))))
}

func worker(ctx context.Context, env []string) error {
	cmd := exec.CommandContext(ctx, "bin/ingest", "run", "--until-current")
	cmd.Env = append(os.Environ(), append(env, "INGEST_HTTP_ADDR=127.0.0.1:0")...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running the worker: %w", err)
	}
	return nil
}

// stay keeps the servers on a terminal, and says how to use them.
func stay(ctx context.Context, env []string) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) {
		return nil
	}
	say("The servers stay until Ctrl-C. To run a worker against them, in another terminal:")
	for _, setting := range env {
		fmt.Println("  export", setting)
	}
	fmt.Println("  bin/ingest run")
	<-ctx.Done()
	return nil
}

func say(text string) { fmt.Println("\n==> " + text) }
