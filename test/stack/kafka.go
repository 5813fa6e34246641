package stack

import (
	"context"
	"embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sync/errgroup"
)

//go:embed conf
var logConfigs embed.FS

// Brokers are the plain listeners, host:port each, of all brokers.
func (s *Stack) Brokers() []string {
	var addresses []string
	for _, p := range s.Kafka {
		addresses = append(addresses, p.Addr)
	}
	return addresses
}

// prepareKafka chooses ports; startKafka writes what needs all of them.
func (s *Stack) prepareKafka(ctx context.Context) error {
	lib, err := s.library.get(ctx, artifact{name: "kafka", version: KafkaVersion})
	if err != nil {
		return err
	}
	nodes, err := s.kafkaNodes()
	if err != nil {
		return fmt.Errorf("choosing ports for Kafka: %w", err)
	}
	logging := s.folder.path("log4j2.properties")
	if err := copyConfig("conf/log4j2.properties", logging); err != nil {
		return err
	}
	clusterID := uuid.NewString()
	for _, node := range nodes {
		java := append(s.javaArgs(node.dir, s.options.KafkaHeap),
			"-Dlog4j2.configurationFile="+logging, "-cp", filepath.Join(lib, "*"))
		s.Kafka = append(s.Kafka, s.kafkaProcess(node, java))
		s.formats = append(s.formats, func(ctx context.Context) error {
			return formatKafka(ctx, node, java, clusterID)
		})
	}
	return nil
}

func (s *Stack) kafkaNodes() ([]kafkaNode, error) {
	nodes := make([]kafkaNode, s.options.Brokers)
	voters := make([]int, len(nodes))
	for i := range nodes {
		node := kafkaNode{id: i + 1, dir: s.folder.path(fmt.Sprintf("kafka-%d", i+1))}
		fixed := s.options.KafkaPort
		if fixed != 0 {
			fixed += i
		}
		if err := s.kafkaPorts(&node, fixed); err != nil {
			return nil, err
		}
		voters[i] = node.controller
		nodes[i] = node
	}
	for i := range nodes {
		nodes[i].voters = voters
	}
	return nodes, nil
}

func (s *Stack) kafkaPorts(node *kafkaNode, fixed int) (err error) {
	if node.plain, err = s.ports.choose(fixed, "127.0.0.1"); err != nil {
		return err
	}
	free := []*int{&node.controller}
	if s.Security != nil {
		node.security = s.Security.kafka()
		free = append(free, &node.secured.sasl, &node.secured.tls, &node.secured.saslTLS)
	}
	if s.options.Fronted {
		free = append(free, &node.fronted)
	}
	for _, port := range free {
		if *port, err = s.ports.free("127.0.0.1"); err != nil {
			return err
		}
	}
	if s.Security != nil {
		s.Security.addBroker(node.secured)
	}
	if s.options.Fronted {
		s.addFront(fmt.Sprintf("kafka-%d", node.id), "127.0.0.1", node.fronted)
	}
	return nil
}

func (s *Stack) kafkaProcess(node kafkaNode, java []string) *Process {
	argv := append(slices.Clone(java), "kafka.Kafka", filepath.Join(node.dir, "server.properties"))
	addr := local(node.plain)
	return s.newProcess(fmt.Sprintf("kafka-%d", node.id), addr, argv, func(ctx context.Context) error {
		return probeKafka(ctx, addr, int32(node.id))
	})
}

// formatKafka writes server.properties and what a data folder must hold before
// the first start.
func formatKafka(ctx context.Context, node kafkaNode, java []string, clusterID string) error {
	if err := makeDir(node.dir); err != nil {
		return err
	}
	properties := filepath.Join(node.dir, "server.properties")
	if err := os.WriteFile(properties, []byte(node.properties()), 0o600); err != nil {
		return fmt.Errorf("writing the configuration of Kafka: %w", err)
	}
	args := append(slices.Clone(java[1:]), "kafka.tools.StorageTool")
	args = append(args, node.formatArgs(clusterID, properties)...)
	out, err := exec.CommandContext(ctx, java[0], args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("formatting the data folder of Kafka: %w\n%s", err, lastLines(string(out), 20))
	}
	return nil
}

func (s *Stack) startKafka(ctx context.Context) error {
	group, startCtx := errgroup.WithContext(ctx)
	for i, p := range s.Kafka {
		group.Go(func() error {
			if err := s.formats[i](startCtx); err != nil {
				return err
			}
			return p.Start(startCtx)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.awaitBrokers(ctx)
}

// awaitBrokers waits until each broker knows all of them.
func (s *Stack) awaitBrokers(ctx context.Context) error {
	for _, addr := range s.Brokers() {
		err := poll(ctx, s.options.StartTimeout, func(ctx context.Context) error {
			for id := range s.Kafka {
				if err := probeKafka(ctx, addr, int32(id+1)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("waiting until the brokers know each other: %w", err)
		}
	}
	return nil
}

// probeKafka asks one broker and wants the node of that id among those that serve.
func probeKafka(ctx context.Context, addr string, id int32) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DialTimeout(time.Second), kgo.RequestRetries(0))
	if err != nil {
		return err
	}
	defer client.Close()
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{}
	response, err := client.SeedBrokers()[0].Request(ctx, request)
	if err != nil {
		return err
	}
	for _, broker := range response.(*kmsg.MetadataResponse).Brokers {
		if broker.NodeID == id {
			return nil
		}
	}
	return fmt.Errorf("broker %d is not registered yet", id)
}

// local is a port of the first loopback address.
func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func copyConfig(name, to string) error {
	text, err := logConfigs.ReadFile(name)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", to, err)
	}
	return nil
}
