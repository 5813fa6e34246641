// Package crash holds the long tests of what the worker promises: crashes of
// workers and servers (`make crashtest`), servers that go away for minutes (`make
// outagetest`), a long time under load (`make soaktest`). They are no part of make
// test; docs/crash-tests.md says what they do. All but this comment carries the
// build tags stack and crash.
package crash
