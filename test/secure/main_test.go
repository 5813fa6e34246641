//go:build stack

package secure

import (
	"os"
	"testing"

	"ingest/test/harness"
	"ingest/test/stack"
)

// What all tests share. TestMain sets them before any test runs.
var (
	servers    *stack.Stack
	executable harness.Binary
)

func TestMain(m *testing.M) {
	options := stack.Default()
	options.Secure = true
	options.CassandraSettings = cassandraSettings()
	os.Exit(harness.Main(m, options, func(s *stack.Stack, b harness.Binary) { servers, executable = s, b }))
}
