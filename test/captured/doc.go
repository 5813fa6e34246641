// Package captured reads what Debezium connectors have emitted, as test/capture/debezium
// has written it down in testdata: the statements that a database ran, the rows
// that it then held as its own client prints them, and the records that Kafka
// Connect produced, with their schemas. It also says what such a row is in CQL,
// by the standard library and the driver alone.
package captured
