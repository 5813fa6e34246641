// Package sinktest helps to test what writes through package sink: Fake is a
// writer in memory that merges cells by Cassandra's rules, and Conformance is
// the set of tests that the fake and the real writer both pass.
package sinktest
