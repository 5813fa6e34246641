// Package stack starts a real Kafka, Cassandra and schema registry on this
// machine, without containers: each server is a Java process run from the jars
// that its makers publish on Maven Central.
//
// Everything listens on 127.0.0.x only. However the owner of a stack ends, also
// by SIGKILL, its servers end with it (see spawner). Jars are downloaded once
// into .local/stack/lib of the repository; each stack has its own folder beside
// it, which Stop removes.
//
// The package runs on Linux, where a process can be told to die with its
// parent and where all of 127.0.0.0/8 is the loopback interface.
package stack
