// Package secure holds the built worker against servers that demand TLS and
// passwords. It has a stack of its own, hence its own package: `go test -p 1`
// starts it when the others are down. Its tests carry the build tag stack.
package secure
