// Package draft writes a mapping file and the CREATE statements of its table for
// a schema that somebody begins with, or a mapping for a table that is there.
// Both run as they are; what they leave out they name in a comment. It does no
// I/O.
package draft
