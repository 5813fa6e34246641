package stack

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// ConsumerGroups is the main class of kafka-consumer-groups.sh.
const ConsumerGroups = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"

// KafkaTool runs one of Kafka's own command line tools, by its main class,
// against the stack's brokers and gives what it prints.
func (s *Stack) KafkaTool(ctx context.Context, class string, args ...string) (string, error) {
	lib, err := s.library.get(ctx, artifact{"kafka", KafkaVersion})
	if err != nil {
		return "", err
	}
	java := s.javaArgs(s.folder.path(), "128m")
	argv := append(java[1:], "-Dlog4j2.configurationFile="+s.folder.path("log4j2.properties"), "-cp", filepath.Join(lib, "*"),
		class, "--bootstrap-server", strings.Join(s.Brokers(), ","))
	out, err := exec.CommandContext(ctx, java[0], append(argv, args...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running %s: %w\n%s", class, err, lastLines(string(out), 20))
	}
	return string(out), nil
}
