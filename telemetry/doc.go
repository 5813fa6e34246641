// Package telemetry is what operators see: the log, the metrics, and the HTTP
// server with /metrics, the probes and, where asked for, profiles. It knows nothing of the pipeline;
// components report to a Health and record through a MeterProvider that they are
// given.
package telemetry
