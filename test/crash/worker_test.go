//go:build stack && crash

package crash

import (
	"net/http"
	"time"

	"ingest/test/harness"
)

// settings are the environment of a worker; servers says where those are.
func settings(servers []string, mappingFile string, more ...string) []string {
	return append(append(servers, "INGEST_MAPPING_FILE="+mappingFile, "INGEST_KAFKA_GROUP_ID="+group,
		"INGEST_KAFKA_SESSION_TIMEOUT="+sessionTimeout.String(), "INGEST_LOG_FORMAT=text",
		"INGEST_DEAD_LETTER_TOPIC="+letters), more...)
}

// reading is what a worker says of its memory.
type reading struct {
	at         time.Time
	resident   float64 // bytes
	heap       float64 // bytes that were alive after the last collection
	goroutines float64
}

// read gives a reading; ok is false without an answer.
func read(w *harness.Worker) (reading, bool) {
	code, text := w.Get("/metrics")
	return reading{
		at: time.Now(), resident: metric(text, "process_resident_memory_bytes"),
		// The collector sets the next goal to twice what was alive, to 4 MiB at least.
		heap: metric(text, "go_memstats_next_gc_bytes") / 2, goroutines: metric(text, "go_goroutines"),
	}, code == http.StatusOK
}
