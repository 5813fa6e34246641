package main

import (
	"slices"
	"strings"
	"testing"
)

// TestCommandsSayWhatTheyWaitFor: a command that needs Cassandra says at once why it
// waits, and names the flag that bounds it when it gives up.
func TestCommandsSayWhatTheyWaitFor(t *testing.T) {
	environ := slices.Concat(settings[2:], []string{"INGEST_MAPPING_FILE=" + mappingAt(t, goodMapping), "INGEST_CASSANDRA_PORT=1",
		"INGEST_KAFKA_BROKERS=127.0.0.1:1", "INGEST_KAFKA_GROUP_ID=g"})
	for _, args := range [][]string{
		{"validate"}, {"explain", "--value", "-"}, {"init", "--table", "shop.orders"}, {"verify"},
	} {
		code, stdout, stderr := run(t, environ, append(args, "--timeout", "300ms")...)
		if code != exitFailed || stdout != "" || !strings.HasPrefix(stderr, "waiting: cannot connect to Cassandra: ") ||
			!strings.Contains(stderr, "waiting for Cassandra: no answer within --timeout") {
			t.Errorf("%s ends with %d, says %q and\n%s", args[0], code, stdout, stderr)
		}
	}
}
