// Package astraproxy stands in for what is in front of a managed cluster: a metadata
// service and a proxy, both of which want a client certificate, and the secure connect
// bundle that leads to them. The proxy passes each connection on to the node that the
// TLS handshake names by its host id, and refuses other names. So a real Cassandra of
// the local stack can be reached as a cluster of DataStax Astra is.
package astraproxy
