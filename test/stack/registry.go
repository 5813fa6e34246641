package stack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
)

// registryPath is where Apicurio speaks the API of the Confluent registry.
const registryPath = "/apis/ccompat/v7"

// RegistryURL is the base URL of the Confluent API, without authentication; ""
// without a registry.
func (s *Stack) RegistryURL() string {
	if s.Registry == nil {
		return ""
	}
	return "http://" + s.Registry.Addr + registryPath
}

func (s *Stack) prepareRegistry(ctx context.Context) error {
	if !s.options.Registry {
		return nil
	}
	lib, err := s.library.get(ctx, artifact{name: "apicurio", version: RegistryVersion})
	if err != nil {
		return err
	}
	runner, err := oneFile(filepath.Join(lib, "*-runner.jar"))
	if err != nil {
		return err
	}
	port, err := s.ports.choose(s.options.RegistryPort, "127.0.0.1")
	if err != nil {
		return fmt.Errorf("choosing a port for the registry: %w", err)
	}
	dir := s.folder.path("registry")
	if err := makeDir(dir); err != nil {
		return err
	}
	argv := append(s.javaArgs(dir, s.options.RegistryHeap),
		"-Dquarkus.http.host=127.0.0.1", fmt.Sprintf("-Dquarkus.http.port=%d", port), "-jar", runner)
	s.Registry = s.newProcess("registry", local(port), argv, func(ctx context.Context) error {
		return probeRegistry(ctx, s.RegistryURL())
	})
	// In a file instead of in memory, and written at once, so that schemas
	// outlive a killed registry.
	s.Registry.env = []string{"REGISTRY_DATASOURCE_URL=jdbc:h2:file:" + filepath.Join(dir, "schemas") + ";WRITE_DELAY=0"}
	return nil
}

func (s *Stack) startRegistry(ctx context.Context) error {
	if s.Registry == nil {
		return nil
	}
	if err := s.Registry.Start(ctx); err != nil {
		return err
	}
	if s.Security == nil {
		return nil
	}
	return s.startProxies()
}

// probeRegistry wants the list of subjects.
func probeRegistry(ctx context.Context, base string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/subjects", nil)
	if err != nil {
		return err
	}
	request.Close = true // no connection is left behind
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the registry answered %s", response.Status)
	}
	return nil
}
