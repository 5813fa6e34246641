package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"ingest/test/stack"
)

// machine is where a measurement was made.
type machine struct {
	Cores     int    `json:"cores"`
	Processor string `json:"processor"`
	Go        string `json:"go"`
	Java      string `json:"java,omitempty"`
	Kafka     string `json:"kafka,omitempty"`
	Cassandra string `json:"cassandra,omitempty"`
	OneHost   bool   `json:"servers_on_the_same_machine"`
}

// describeMachine asks this machine, and servers that were started for it.
func describeMachine(ctx context.Context, s *servers) machine {
	m := machine{Cores: runtime.NumCPU(), Processor: processor(), Go: runtime.Version()}
	if s.own != nil {
		m.OneHost, m.Kafka, m.Cassandra = true, stack.KafkaVersion, stack.CassandraVersion50
		m.Java = javaVersion(ctx, s.own.Cassandra[0].Pid())
	}
	return m
}

func (m machine) String() string {
	text := fmt.Sprintf("%d cores (%s), %s", m.Cores, m.Processor, m.Go)
	if m.OneHost {
		text += fmt.Sprintf(", Java %s, Kafka %s, Cassandra %s, all servers on the same machine", m.Java, m.Kafka, m.Cassandra)
	}
	return text
}

// processor is the model's name as /proc/cpuinfo gives it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// javaVersion asks the Java that a process runs on.
func javaVersion(ctx context.Context, pid int) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return "unknown"
	}
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		return "unknown"
	}
	// openjdk version "17.0.9" 2023-10-17
	parts := strings.Split(string(out), `"`)
	if len(parts) < 3 {
		return "unknown"
	}
	return parts[1]
}
