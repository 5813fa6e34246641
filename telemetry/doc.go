// Package telemetry is what operators see: the log, the metrics, the traces, what
// of them is exported, and the HTTP server with /metrics, the probes and, where
// asked for, profiles. It knows nothing of the pipeline; components report to a
// Health and record through the meter and the tracer that they are given.
package telemetry
