package main

import (
	"os"
	"runtime/debug"
)

// besideInFlight is what the worker needs, in bytes, beside the records in
// flight: what the Kafka client has fetched ahead, requests being encoded, the
// runtime itself.
const besideInFlight = 64 << 20

// limitMemory asks the garbage collector to keep the process within what its
// settings allow, rather than at twice what is live. GOMEMLIMIT, where it is set,
// wins.
func limitMemory(inFlight int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(inFlight + besideInFlight)
	}
}
