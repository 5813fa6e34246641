// Package ddl reads the CREATE statements of CQL files into the catalog that the
// live cluster would give after running them, for checks without a cluster.
//
// It reads what decides how a row is bound: keyspaces, tables and types, what is
// added to, dropped from and renamed in them, and the options that say how long
// rows and tombstones live. All else is passed over with a note. It is no judge of
// CQL: Cassandra refuses more than this does.
package ddl
