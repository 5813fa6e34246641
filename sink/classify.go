package sink

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/gocql/gocql"

	"ingest/retry"
)

// verdict is what a failed attempt means.
type verdict struct {
	class retry.Class
	// suspect: the server failed while it worked on this very request, which
	// may be the request's fault. After some attempts the batch is taken apart.
	suspect bool
	// onlyRequest: the failure is about this request and not about a replica.
	onlyRequest bool
	// untouched: nothing has been written. Where it is false, nobody knows. A counter
	// is tried again only where it is true, so it is set where that is certain of
	// a request with one row: one with several may be written in part.
	untouched bool
	// unreachable: no node took the request.
	unreachable bool
	// text describes the failure without any value of the rows.
	text string
}

// panicked is a panic of the driver on the way of one request.
type panicked struct{ cause any }

func (p *panicked) Error() string { return "the driver panicked" }

// classify translates an error of the driver, once and only here.
func classify(err error) verdict {
	if e, ok := errors.AsType[*retry.Error](err); ok {
		return verdict{class: e.Class, untouched: true, text: e.Error()} // a cell refused its marker's type
	}
	if e, ok := errors.AsType[gocql.RequestError](err); ok {
		return classifyResponse(e)
	}
	return classifyLocal(err)
}

// classifyResponse classifies what a server answered, by the error code of the
// native protocol v4, section 9.
func classifyResponse(e gocql.RequestError) verdict {
	switch e.Code() {
	case gocql.ErrCodeWriteTimeout:
		// Some replicas answered too late: applied, in part or not at all. Late
		// replicas are a sign of load.
		return verdict{class: retry.Overload, text: "write timeout"}
	case gocql.ErrCodeUnavailable:
		// Too few replicas are alive. In a batch of several partitions others may
		// have been written. A counter's leader is chosen, and the others are
		// counted, before anything is applied (StorageProxy.mutateCounter).
		return verdict{class: retry.Ambiguous, untouched: true, text: "too few replicas are alive"}
	case gocql.ErrCodeOverloaded:
		// The coordinator sheds load before it does anything: too long a queue, a
		// rate limit, a node that shuts down. Too many hints come after the first
		// write, but not for a counter: its task has no way back to the client.
		return verdict{class: retry.Overload, untouched: true, text: "the node is overloaded"}
	case gocql.ErrCodeBootstrapping:
		// The coordinator is not ready yet: another one may be.
		return verdict{class: retry.Transient, untouched: true, text: "the node is bootstrapping"}
	case gocql.ErrCodeTruncate:
		// A truncation is going on.
		return verdict{class: retry.Transient, untouched: true, text: "the table is being truncated"}
	case gocql.ErrCodeWriteFailure:
		// A replica failed on the write: its own trouble, or a mutation that is
		// larger than its commit log takes.
		return verdict{class: retry.Ambiguous, suspect: true, text: "a replica failed to write"}
	case gocql.ErrCodeCDCWriteFailure:
		// The CDC directory is full until its consumer makes room.
		return verdict{class: retry.Overload, text: "the CDC log is full"}
	case gocql.ErrCodeServer:
		// An exception that the server did not expect; nobody knows how far it got.
		return verdict{class: retry.Ambiguous, suspect: true, onlyRequest: true, text: "unexpected server error"}
	case gocql.ErrCodeFunctionFailure:
		// A user-defined function refused its arguments.
		return verdict{class: retry.Invalid, untouched: true, text: "a user-defined function failed"}
	case gocql.ErrCodeInvalid:
		return classifyInvalid(e.Message())
	case gocql.ErrCodeProtocol:
		// The server could not read the frame. Other frames still work, so it is
		// about what was in it.
		return verdict{class: retry.Ambiguous, suspect: true, onlyRequest: true, text: "protocol error"}
	case gocql.ErrCodeSyntax:
		// The statement's text is made by this package, so the server is one that
		// does not know the syntax.
		return verdict{class: retry.Configuration, untouched: true, text: "the server does not understand the statement"}
	case gocql.ErrCodeUnauthorized:
		return verdict{class: retry.Configuration, untouched: true, text: "the user may not write to the table: grant MODIFY on it"}
	case gocql.ErrCodeCredentials:
		return verdict{class: retry.Configuration, untouched: true, text: "the server refuses the credentials"}
	case gocql.ErrCodeConfig:
		return verdict{class: retry.Configuration, untouched: true, text: "the server refuses the request because of its configuration"}
	case gocql.ErrCodeUnprepared:
		// The driver prepares again by itself; this is only seen when that failed.
		return verdict{class: retry.Transient, untouched: true, text: "the statement is not prepared"}
	}
	return verdict{class: retry.Transient, text: "unknown server error"}
}

// meaning pairs a part of a server's message with what it means. Messages are
// no contract, so what is not found here is taken for one row's fault, which
// bisection then proves or disproves.
type meaning struct {
	part    string
	verdict verdict
}

// The messages of error 0x2200 (Invalid), from Cassandra 4.1 and 5.0. Texts
// given on hold no values.
var meanings = [...]meaning{
	// Sizes: split.
	{"Batch too large", verdict{class: retry.Oversized, text: "Batch too large"}},
	{"Request is too big", verdict{class: retry.Oversized, text: "Request is too big"}},
	{"is too large for the maximum size", verdict{class: retry.Oversized, text: "mutation too large"}},
	{"Rejected an oversized mutation", verdict{class: retry.Oversized, text: "mutation too large"}},
	// The live table is not what the plan was made for.
	{"Undefined column name", verdict{class: retry.Schema, text: "a column of the statement does not exist"}},
	{"Unknown identifier", verdict{class: retry.Schema, text: "a column of the statement does not exist"}},
	{"does not exist", verdict{class: retry.Schema, text: "the keyspace or table does not exist"}},
	{"unconfigured table", verdict{class: retry.Schema, text: "the table does not exist"}},
	{"Unknown keyspace", verdict{class: retry.Schema, text: "the keyspace does not exist"}},
	{"Some clustering keys are missing", verdict{class: retry.Schema, text: "the primary key has changed"}},
	{"Some partition key parts are missing", verdict{class: retry.Schema, text: "the primary key has changed"}},
	{"Missing mandatory PRIMARY KEY part", verdict{class: retry.Schema, text: "the primary key has changed"}},
	{"Cannot assign value", verdict{class: retry.Schema, text: "a column has another type"}},
	{"Cannot cast value", verdict{class: retry.Schema, text: "a column has another type"}},
	{"Invalid tuple literal", verdict{class: retry.Schema, text: "a tuple column has another type"}},
	{"Unknown type", verdict{class: retry.Schema, text: "a user-defined type does not exist"}},
	{"Invalid amount of bind variables", verdict{class: retry.Schema, text: "the statement's markers have changed"}},
	// The cluster as a whole.
	{"disk usage exceeds", verdict{class: retry.Configuration, text: "a guardrail on disk usage refuses writes: add space"}},
	{"Insert request failed because disk", verdict{class: retry.Configuration, text: "a guardrail on disk usage refuses writes: add space"}},
	{"Write consistency level", verdict{class: retry.Configuration, text: "a guardrail refuses the write consistency level"}},
	{"user provided timestamps", verdict{class: retry.Configuration, text: "a guardrail refuses timestamps in statements"}},
	{"User provided timestamps", verdict{class: retry.Configuration, text: "a guardrail refuses timestamps in statements"}},
	// One row's fault, in words that are safe to repeat.
	{"Key may not be empty", verdict{class: retry.Invalid, text: "Key may not be empty"}},
	{"is longer than maximum of 65535", verdict{class: retry.Invalid, text: "a key is longer than the maximum of 65535 bytes"}},
	{"Key length of", verdict{class: retry.Invalid, text: "a key is longer than the maximum of 65535 bytes"}},
	{"Invalid null value in condition for column", verdict{class: retry.Invalid, text: "Invalid null value in condition for a key column"}},
	{"Invalid unset value", verdict{class: retry.Invalid, text: "Invalid unset value for a key column"}},
	{"String didn't validate", verdict{class: retry.Invalid, text: "String didn't validate"}},
	{"Invalid byte for ascii", verdict{class: retry.Invalid, text: "a text is not ASCII"}},
	{"ttl is too large", verdict{class: retry.Invalid, text: "ttl is too large"}},
	{"Request on table", verdict{class: retry.Invalid, text: "the TTL exceeds the maximum supported expiration date"}},
	{"Not enough bytes to read", verdict{class: retry.Invalid, text: "Not enough bytes to read a value"}},
	{"byte int", verdict{class: retry.Invalid, text: "a value has the wrong number of bytes"}},
	{"byte long", verdict{class: retry.Invalid, text: "a value has the wrong number of bytes"}},
	{"Guardrail", verdict{class: retry.Invalid, text: "a guardrail refuses the row"}},
}

// classifyInvalid looks a message of error 0x2200 up. The message itself is
// passed on nowhere, since it may quote a value.
func classifyInvalid(message string) verdict {
	for i := range meanings {
		if strings.Contains(message, meanings[i].part) {
			v := meanings[i].verdict
			v.untouched = true // the server validates before it writes
			return v
		}
	}
	return verdict{class: retry.Invalid, untouched: true, text: "the server refuses the row as invalid"}
}

// classifyLocal classifies what the driver says of its own.
func classifyLocal(err error) verdict {
	switch {
	case errors.Is(err, gocql.ErrNoConnections), errors.Is(err, gocql.ErrNoConnectionsStarted),
		errors.Is(err, gocql.ErrNoHosts), errors.Is(err, gocql.ErrSessionClosed):
		// Nothing was sent. A closed session is one that is being replaced.
		return verdict{class: retry.Transient, unreachable: true, untouched: true, text: "no node can be reached"}
	case errors.Is(err, gocql.ErrNoStreams):
		// All streams of the connection are taken, most of them by requests that
		// timed out: the node is not keeping up.
		return verdict{class: retry.Overload, untouched: true, text: "no free stream on the connection"}
	case errors.Is(err, gocql.ErrTimeoutNoResponse), errors.Is(err, gocql.ErrTooManyTimeouts), errors.Is(err, context.DeadlineExceeded):
		// The write may still land; by default an overloaded server says so by
		// not answering.
		return verdict{class: retry.Overload, text: "no answer within the timeout"}
	case errors.Is(err, gocql.ErrTooManyStmts), errors.Is(err, gocql.ErrFrameTooBig):
		return verdict{class: retry.Oversized, untouched: true, text: "the request exceeds the protocol's frame"}
	case errors.Is(err, gocql.ErrConnectionClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed):
		return verdict{class: retry.Ambiguous, text: "the connection was closed"}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return verdict{class: retry.Ambiguous, text: "the connection failed"}
	}
	if _, ok := errors.AsType[*panicked](err); ok {
		// Only this request is known to be affected, and it may be its fault.
		return verdict{class: retry.Ambiguous, suspect: true, onlyRequest: true, text: err.Error()}
	}
	if _, ok := errors.AsType[gocql.MarshalError](err); ok {
		return verdict{class: retry.Schema, untouched: true, text: "the driver cannot bind a value"}
	}
	if strings.HasPrefix(err.Error(), "gocql: expected ") || strings.HasPrefix(err.Error(), "gocql: batch statement ") {
		// A number of markers that is not the plan's: the table is another one.
		return verdict{class: retry.Schema, untouched: true, text: "the statement has another number of markers"}
	}
	return verdict{class: retry.Ambiguous, text: "the request failed in the driver"}
}
