// Package literal writes CQL values as CQL constants, for people who want to see
// what is written. It is not on the way of a record.
package literal
