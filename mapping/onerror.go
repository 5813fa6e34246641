package mapping

// OnError says what becomes of a record that can never be written.
type OnError uint8

// The choices of `on_error:`.
const (
	OnErrorDeadLetter OnError = iota // it is kept in the dead-letter topic
	OnErrorSkip                      // it is dropped, counted and logged
	OnErrorFail                      // the worker ends, and nothing from it on is committed
)

var onErrorNames = [...]string{"dead_letter", "skip", "fail"}

// String gives the word that the mapping file uses.
func (e OnError) String() string { return onErrorNames[e] }
