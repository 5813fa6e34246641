// Package crash holds the parts of the long tests of what the worker promises:
// crashes of workers and servers, an outage, a long time under load. They are no
// part of make test. So far these are the producer, the proxies and the servers;
// what drives them is missing, and `make crashtest` with it. All but this comment
// carries the build tags stack and crash.
package crash
