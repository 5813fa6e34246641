// Package mapping turns records into rows. It owns the language of the mapping
// file and its diagnostics, the encoding of CQL values, and the neutral types
// that the other packages talk in: Record (what Kafka delivered), Shape (what a
// schema says), Table and Type (what Cassandra has), Statement (what is bound,
// in which order, without any CQL text), Row and Cell (what is written).
//
// A mapping file is read by Parse into a File. Compile holds one topic of it
// against the live tables and gives a Program. A Program has two Forms: one for
// records with a value and one for tombstones. A Form is a list of Slots, each a
// column of a table with the Source that feeds it: a path, a constant, or an
// Expression, whose paths have slots of their own. Decoders (mapping/avro for Avro,
// mapping/registry for plain keys) fill the slots of a Frame straight from the
// payload's bytes, and Form.Rows turns a filled frame into rows: none, one, or
// with for_each one for each item.
//
// The package knows neither Kafka's client, nor Cassandra's driver, nor an Avro
// library.
package mapping
