package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

// response is an error as the server answers it. The driver's own types for
// most codes cannot be made outside of it.
type response struct {
	code    int
	message string
}

func (r response) Code() int       { return r.code }
func (r response) Message() string { return r.message }
func (r response) Error() string   { return r.message }

// recorded is an error that was seen once, with what it is taken for.
type recorded struct {
	name string
	err  error
	want retry.Class
}

func recordings() []recorded {
	return []recorded{
		{"write timeout", response{0x1100, ""}, retry.Overload},
		{"unavailable", response{0x1000, ""}, retry.Ambiguous},
		{"overloaded", response{0x1001, ""}, retry.Overload},
		{"bootstrapping", response{0x1002, ""}, retry.Transient},
		{"truncate", response{0x1003, ""}, retry.Transient},
		{"write failure", response{0x1500, ""}, retry.Ambiguous},
		{"CDC write failure", response{0x1600, ""}, retry.Overload},
		{"server error", response{0x0000, ""}, retry.Ambiguous},
		{"function failure", response{0x1400, ""}, retry.Invalid},
		{"syntax", response{0x2000, ""}, retry.Configuration},
		{"unauthorized", response{0x2100, ""}, retry.Configuration},
		{"config", response{0x2300, ""}, retry.Configuration},
		{"credentials", response{0x0100, ""}, retry.Configuration},
		{"a code of the future", response{0x7777, ""}, retry.Transient},
		{"wrapped", fmt.Errorf("writing: %w", response{0x1001, ""}), retry.Overload},
		{"wrong size of an int", response{0x2200, "Expected 4 or 0 byte int (8)"}, retry.Invalid},
		{"empty key", response{0x2200, "Key may not be empty"}, retry.Invalid},
		{"unknown message", response{0x2200, "something new"}, retry.Invalid},
		{"batch too large", response{0x2200, "Batch too large"}, retry.Oversized},
		{"request too big", response{0x2200, "Request is too big: length 17825952 exceeds maximum allowed length 16777216."}, retry.Oversized},
		{"dropped column", response{0x2200, "Undefined column name w in table sink.dropped"}, retry.Schema},
		{"dropped table", response{0x2200, "table sink.gone does not exist"}, retry.Schema},
		{"disk usage", response{0x2200, "Guardrail data_disk_usage_percentage violated: Write request failed because disk usage exceeds failure threshold"}, retry.Configuration},
		{"no host", gocql.ErrNoConnections, retry.Transient},
		{"closed session", gocql.ErrSessionClosed, retry.Transient},
		{"no stream", gocql.ErrNoStreams, retry.Overload},
		{"no answer", gocql.ErrTimeoutNoResponse, retry.Overload},
		{"closed connection", gocql.ErrConnectionClosed, retry.Ambiguous},
		{"end of file", io.EOF, retry.Ambiguous},
		{"network", &net.OpError{Op: "write", Err: errors.New("broken pipe")}, retry.Ambiguous},
		{"frame too big", gocql.ErrFrameTooBig, retry.Oversized},
		{"too many statements", gocql.ErrTooManyStmts, retry.Oversized},
		{"deadline", context.DeadlineExceeded, retry.Overload},
		{"marshal", gocql.MarshalError("can not marshal"), retry.Schema},
		{"number of markers", errors.New("gocql: batch statement 3 expected 4 values send got 5"), retry.Schema},
		{"panic", &panicked{cause: "index out of range"}, retry.Ambiguous},
		{"anything else", errors.New("attempting to use stream already in use"), retry.Ambiguous},
		{"protocol", response{0x000A, "Invalid or unsupported protocol version"}, retry.Ambiguous},
		{"unprepared", response{0x2500, ""}, retry.Transient},
		{"a mutation for the commit log", response{0x2200, "Rejected an oversized mutation (17000000/16777216)"}, retry.Oversized},
		{"a table of older servers", response{0x2200, "unconfigured table gone"}, retry.Schema},
		{"a keyspace of older servers", response{0x2200, "Unknown keyspace gone"}, retry.Schema},
		{"a tuple of another type", response{0x2200, "Invalid tuple literal for t: component 1 is not of type int"}, retry.Schema},
		{"markers", response{0x2200, "Invalid amount of bind variables"}, retry.Schema},
		{"a level that is refused", response{0x2200, "Guardrail write_consistency_levels violated: Write consistency level ONE"}, retry.Configuration},
		{"timestamps that are refused", response{0x2200, "Guardrail user_timestamps violated: User provided timestamps"}, retry.Configuration},
		{"an expiration beyond 2038", response{0x2200, "Request on table sink.t with default ttl of 1 seconds exceeds maximum supported expiration date"}, retry.Invalid},
		{"half a value", response{0x2200, "Not enough bytes to read a set"}, retry.Invalid},
		{"a value that is refused", response{0x2200, "Guardrail column_value_size violated"}, retry.Invalid},
	}
}

func TestClassify(t *testing.T) {
	for _, test := range recordings() {
		t.Run(test.name, func(t *testing.T) {
			v := classify(test.err)
			if v.class != test.want {
				t.Errorf("class %v, want %v", v.class, test.want)
			}
			if v.text == "" {
				t.Error("no text")
			}
		})
	}
}

func TestServerMessagesAreNotRepeated(t *testing.T) {
	for _, message := range []string{"Key length of 70000 is longer than maximum of 65535: sekrit", "String didn't validate. sekrit",
		"Guardrail sekrit violated", "ttl is too large. requested (sekrit)", "sekrit"} {
		if v := classify(response{0x2200, message}); strings.Contains(v.text, "sekrit") {
			t.Errorf("%q is repeated as %q", message, v.text)
		}
	}
}

func TestWhatIsGivenUp(t *testing.T) {
	row := func(size int32) *mapping.Row {
		return &mapping.Row{Statement: &mapping.Statement{Table: &mapping.Table{Keyspace: "k", Name: "t"}}, Size: size}
	}
	tests := []struct {
		name       string
		code       int
		message    string
		size       int32
		attempts   int
		othersWork bool
		want       retry.Reason // empty: it is tried again
	}{
		{"an invalid row, at once", 0x2200, "Key may not be empty", 100, 0, false, retry.ReasonRejected},
		{"a row that is too large, at once", 0x2200, "Request is too big", 100, 0, false, retry.ReasonOversized},
		{"a server error waits", 0x0000, "", 100, 7, true, ""},
		{"a server error that only this row meets", 0x0000, "", 100, 8, true, retry.ReasonRejected},
		{"a server error that all rows meet", 0x0000, "", 100, 100, false, ""},
		{"a small row that replicas fail on", 0x1500, "", 100, 100, true, ""},
		{"a huge row that replicas fail on", 0x1500, "", 2 << 20, 8, true, retry.ReasonOversized},
		{"a write timeout never", 0x1100, "", 2 << 20, 1000, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got retry.Reason
			if p := classify(response{test.code, test.message}).poison(row(test.size), test.attempts, test.othersWork); p != nil {
				got = p.Reason
			}
			if got != test.want {
				t.Errorf("reason %q, want %q", got, test.want)
			}
		})
	}
}
