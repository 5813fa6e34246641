// Package astra connects to clusters that are reached through a secure connect
// bundle, as those of DataStax Astra are. The bundle is a zip file with a client
// certificate, an authority to trust, and the address of a metadata service; that
// one tells which nodes there are and the address of a proxy in front of all of
// them. A connection to the proxy names the node, by its host id, as the server
// name of its TLS handshake (SNI).
//
// The package knows TLS and nothing of the driver: what it gives is a connection
// to a node.
package astra
