//go:build stack && crash

package crash

import "syscall"

// terminate is how an operator ends a worker.
const terminate = syscall.SIGTERM

// What workers and tests agree on.
const (
	topic   = "crash"
	group   = "crash"
	letters = "crash-dead-letters"
	table   = "crash.rows"
)

const mapping = `version: 1
topics:
  - topic: crash
    key:
      format: string
    tables:
      - table: crash.rows
        columns_from: value
        columns:
          id: key
        tombstone: delete
`
