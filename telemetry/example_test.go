package telemetry_test

import (
	"fmt"
	"log/slog"

	"ingest/telemetry"
)

func ExampleHealth() {
	health := telemetry.NewHealth(slog.New(slog.DiscardHandler), "cassandra", "kafka")
	health.SetReady("kafka")
	health.SetNotReady("cassandra", "no node answers")
	for _, reason := range health.NotReady() {
		fmt.Println(reason.Component+":", reason.Reason)
	}
	// Output: cassandra: no node answers
}
