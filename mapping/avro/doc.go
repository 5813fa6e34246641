// Package avro reads Avro records. It turns schemas into the neutral shapes of
// package mapping, and compiles a schema and the columns that want its fields
// into a decoder that walks a payload's bytes once.
//
// Schemas are parsed by hamba/avro; payloads are never given to it. They come
// from outside, so the cursor of this package checks the bytes that remain
// before every length and count, bounds depth and work, refuses what the
// specification does not allow, and never allocates by a declared size. What it
// accepts does not depend on which fields are wanted: skipped ones are checked
// as those that are read.
//
// The specification is Avro 1.12: https://avro.apache.org/docs/1.12.0/specification/
package avro
