// Package test holds the built worker against real servers: Kafka, Cassandra and
// a schema registry that test/stack starts. Its tests carry the build tag stack;
// `make stack` runs them. They share one stack, and each has its own topics,
// keyspace and consumer group.
//
// What they expect is computed without any code of the worker.
package test
