package config_test

import (
	"fmt"

	"ingest/config"
)

func ExampleLoadFor() {
	_, err := config.LoadFor([]string{
		"INGEST_KAFKA_BROKER=kafka-1:9092",
		"INGEST_COMMIT_INTERVAL=soon",
	}, "INGEST_KAFKA_BROKERS")
	fmt.Println(err)
	// Output:
	// INGEST_KAFKA_BROKERS: is not set; for example INGEST_KAFKA_BROKERS=kafka-1:9092,kafka-2:9092
	// INGEST_COMMIT_INTERVAL: "soon" is not a duration such as 500ms, 30s or 5m
	// INGEST_KAFKA_BROKER: is no setting; did you mean INGEST_KAFKA_BROKERS?
}
