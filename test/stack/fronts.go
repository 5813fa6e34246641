package stack

import (
	"net"
	"strconv"
	"strings"
)

// Front is where clients of a fronted stack look for a server. Nothing listens
// there until somebody forwards connections from Listen to Target.
type Front struct {
	Name           string // of the server, such as kafka-1
	Listen, Target string // host:port
}

// Fronts are those of all brokers and Cassandra nodes of a stack that was started
// with Options.Fronted, in the order of the servers.
func (s *Stack) Fronts() []Front { return s.fronts }

// FrontEnv is Env for clients that are to go through the fronts.
func (s *Stack) FrontEnv() []string {
	var brokers, hosts []string
	for _, f := range s.fronts {
		if strings.HasPrefix(f.Name, "kafka-") {
			brokers = append(brokers, f.Listen)
			continue
		}
		host, _, _ := net.SplitHostPort(f.Listen)
		hosts = append(hosts, host)
	}
	env := s.Env()
	for i, setting := range env {
		switch name, _, _ := strings.Cut(setting, "="); name {
		case "INGEST_KAFKA_BROKERS":
			env[i] = name + "=" + strings.Join(brokers, ",")
		case "INGEST_CASSANDRA_HOSTS":
			env[i] = name + "=" + strings.Join(hosts, ",")
		}
	}
	return env
}

func (s *Stack) addFront(name, address string, port int) {
	text := strconv.Itoa(port)
	s.fronts = append(s.fronts, Front{Name: name,
		Listen: net.JoinHostPort(front(address), text), Target: net.JoinHostPort(address, text)})
}

// front is the address that clients are told instead of a server's own. Ports
// stay the same, because Cassandra tells its port as it is.
func front(address string) string { return strings.Replace(address, "127.0.0.", "127.0.1.", 1) }
