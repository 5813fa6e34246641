// Package cql reads the one INSERT, UPDATE or DELETE that a mapping file may write
// out (`cql:`), with named binds in the place of values. It knows CQL's grammar and
// nothing of tables: it finds the table, every name of a column and every bind with
// the place that it has, and takes the text apart into pieces, so that it can be
// written again with names quoted and binds typed.
//
// What a statement must not be (a batch, several statements, one that reads or changes
// the schema) and what it must not hold (comments, markers without a name) it refuses
// with what to write instead. It is no judge of what a table takes; its lexer serves
// package ddl too.
package cql
