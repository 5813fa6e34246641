// Package tried runs the examples of the documentation: a mapping file, the
// CREATE statements of its tables, the schemas and records of its topics. Without
// servers it gives the rows that a worker would write; with them, records to
// produce.
package tried
