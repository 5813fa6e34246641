package main

import (
	_ "embed"
	"strings"

	"ingest/test/stack"
)

// What is captured. Debezium 3.5 is the newest set of connectors on Maven Central
// that runs on the stack's Java 17.
const (
	debeziumVersion = "3.5.0.Final"
	// The converter speaks to a registry of its own version. Confluent's, which
	// Maven Central does not have, makes the same schemas of the same code.
	converter = "io.apicurio:apicurio-registry-utils-converter " + stack.RegistryVersion
)

//go:embed pom.xml
var pomTemplate string

func pom() []byte {
	return []byte(strings.NewReplacer("@KAFKA@", stack.KafkaVersion, "@DEBEZIUM@", debeziumVersion, "@APICURIO@", stack.RegistryVersion).Replace(pomTemplate))
}
