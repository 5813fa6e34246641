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

// Topics is the main class of kafka-topics.sh.
const Topics = "org.apache.kafka.tools.TopicCommand"

// KafkaTool runs one of Kafka's own command line tools, by its main class,
// against the stack's brokers and gives what it prints.
func (s *Stack) KafkaTool(ctx context.Context, class string, args ...string) (string, error) {
	argv, err := s.KafkaToolArgs(ctx, class)
	if err != nil {
		return "", err
	}
	argv = append(argv, "--bootstrap-server", strings.Join(s.Brokers(), ","))
	out, err := exec.CommandContext(ctx, argv[0], append(argv[1:], args...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running %s: %w\n%s", class, err, lastLines(string(out), 20))
	}
	return string(out), nil
}

// KafkaToolArgs gives the command that starts one of Kafka's own command line
// tools, by its main class, without arguments of the tool.
func (s *Stack) KafkaToolArgs(ctx context.Context, class string) ([]string, error) {
	lib, err := s.library.get(ctx, artifact{name: "kafka", version: KafkaVersion})
	if err != nil {
		return nil, err
	}
	return append(s.javaArgs(s.folder.path(), "128m"), "-cp", filepath.Join(lib, "*"), class), nil
}
