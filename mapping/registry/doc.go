// Package registry knows the schemas of records: it asks a Confluent-compatible
// schema registry for them, and maps records with plans compiled from them.
//
// A schema id never changes its meaning, so what the registry said once is kept.
// What it says it does not know is kept for half a minute, and asked for at a
// bounded rate, because ids come from outside: a hostile producer can make up
// two thousand million of them. While the registry is away or refuses to
// answer, callers wait; nothing that may pass by itself turns a record into
// poison.
//
// Mapper is the way of one record: framing, schema, decoder, rows. Once a schema
// has been seen it takes no lock and allocates nothing.
package registry
