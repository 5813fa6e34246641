// Command mutants checks the checks: it breaks the code on purpose, one fault at
// a time, and sees the tests fail.
//
// The planted faults in planted/ are what must never come back; each names the
// test that catches it. The mutants are made from the syntax of the files that
// decide what is committed. Both are compiled with `go test -overlay`, so that the
// tree stays as it is. See docs/mutants.md.
package main
