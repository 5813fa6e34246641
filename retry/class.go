package retry

import (
	"errors"
	"fmt"
)

// Class says what to do about a failed write. The zero value is Transient, so
// that an error nobody classified is waited for and never lost.
type Class uint8

const (
	// Transient failures heal by themselves: wait and try again, for ever.
	Transient Class = iota
	// Ambiguous failures may have been applied. Writes carry their own
	// timestamps and are idempotent, so they are tried again like Transient
	// ones; a counter never is.
	Ambiguous
	// Overload asks for fewer requests at once before the next attempt.
	Overload
	// Oversized work must be split; one row that is too large is poison.
	Oversized
	// Invalid work contains at least one row the server will never take:
	// bisect down to that row.
	Invalid
	// Schema means that the live table no longer is what the plan was made for.
	Schema
	// Configuration failures need a person: credentials, rights, settings.
	// They are tried again slowly, because a person may be at work on them.
	Configuration
)

var classNames = [...]string{"transient", "ambiguous", "overload", "oversized", "invalid", "schema", "configuration"}

// String gives the name that metrics and logs use.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// Error is an error with its class.
type Error struct {
	Class Class
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// ClassOf gives the class of the first Error in err's chain, Transient when
// there is none.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Transient
}
