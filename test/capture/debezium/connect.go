package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ingest/test/stack"
)

// connect is a standalone worker of Kafka Connect.
type connect struct {
	base string // of its REST API
}

// startConnect runs connectors, given as their settings by name.
func startConnect(ctx context.Context, s *stack.Stack, dir, name string, connectors map[string]map[string]string) (*connect, error) {
	jars, err := s.Jars(ctx, "debezium", debeziumVersion, pom())
	if err != nil {
		return nil, err
	}
	port, err := s.FreePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	worker := workerSettings(s, addr, dir)
	files := []string{filepath.Join(dir, "worker.properties")}
	if err := writeProperties(files[0], worker); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(connectors)) {
		file := filepath.Join(dir, name+".properties")
		if err := writeProperties(file, connectors[name]); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	argv := append(s.Java(dir, "768m"), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", filepath.Join(jars, "*"),
		"org.apache.kafka.connect.cli.ConnectStandalone")
	c := &connect{base: "http://" + addr}
	_, err = s.Launch(ctx, stack.Server{
		Name: "connect-" + name, Addr: addr, Args: append(argv, files...),
		Ready: func(ctx context.Context) error { return c.listed(ctx, len(connectors)) },
	})
	return c, err
}

func workerSettings(s *stack.Stack, addr, dir string) map[string]string {
	settings := map[string]string{
		"bootstrap.servers": strings.Join(s.Brokers(), ","), "listeners": "http://" + addr,
		"offset.storage.file.filename": filepath.Join(dir, "offsets"), "offset.flush.interval.ms": "1000",
	}
	for _, side := range []string{"key", "value"} {
		settings[side+".converter"] = "io.apicurio.registry.utils.converter.AvroConverter"
		for name, v := range map[string]string{
			"url": "http://" + s.Registry.Addr + "/apis/registry/v2", "auto-register": "true", "find-latest": "true",
			"headers.enabled": "false", "as-confluent": "true", "use-id": "contentId", // the framing that readers share
		} {
			settings[side+".converter.apicurio.registry."+name] = v
		}
	}
	return settings
}

func writeProperties(file string, settings map[string]string) error {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&out, "%s=%s\n", name, settings[name])
	}
	return os.WriteFile(file, []byte(out.String()), 0o600)
}

// listed wants all connectors to be there.
func (c *connect) listed(ctx context.Context, n int) error {
	var names []string
	if err := getJSON(ctx, c.base+"/connectors", &names); err != nil {
		return err
	}
	if len(names) < n {
		return fmt.Errorf("%d of %d connectors are there", len(names), n)
	}
	return nil
}

// failed says which connector has ended, and why.
func (c *connect) failed(ctx context.Context) error {
	type part struct {
		State, Trace string
	}
	var all map[string]struct {
		Status struct {
			Connector part
			Tasks     []part
		}
	}
	if err := getJSON(ctx, c.base+"/connectors?expand=status", &all); err != nil {
		return err
	}
	for name, one := range all {
		for _, p := range append(one.Status.Tasks, one.Status.Connector) {
			if p.State == "FAILED" {
				return fmt.Errorf("the connector %s has failed: %s", name, p.Trace)
			}
		}
	}
	return nil
}

func getJSON(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		return fmt.Errorf("%s answered %s: %s", url, response.Status, text)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
