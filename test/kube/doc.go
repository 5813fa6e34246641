// Package kube starts a Kubernetes control plane on this machine: etcd, the API
// server and the controller manager as `make kube-deps` builds them from the
// modules that test/kube/servers pins, and a node of our own (servers/node) that
// runs pods as processes. Everything listens on loopback, and ends with the
// process that started it.
package kube
