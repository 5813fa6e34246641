package kafka

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// recorder gives a logger and what it wrote, without times.
func recorder(level slog.Level) (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})), &out
}

func TestLoggerLevel(t *testing.T) {
	for level, want := range map[slog.Level]kgo.LogLevel{
		slog.LevelDebug:     kgo.LogLevelInfo,
		slog.LevelInfo:      kgo.LogLevelWarn,
		slog.LevelWarn:      kgo.LogLevelWarn,
		slog.LevelError:     kgo.LogLevelError,
		slog.LevelError + 1: kgo.LogLevelNone,
	} {
		log, _ := recorder(level)
		if got := newLogger(log).Level(); got != want {
			t.Errorf("%v: got %v, want %v", level, got, want)
		}
	}
}

func TestLoggerTranslates(t *testing.T) {
	log, out := recorder(slog.LevelDebug)
	l := newLogger(log)
	l.Log(kgo.LogLevelDebug, "wrote Fetch v18")
	l.Log(kgo.LogLevelNone, "nothing")
	l.Log(kgo.LogLevelInfo, "joined", "group", "g")
	l.Log(kgo.LogLevelWarn, "unable to dial", "addr", "kafka-1:9092", "err", errors.New("refused"))
	l.Log(kgo.LogLevelError, "failed")
	want := `level=DEBUG msg=joined client=kafka group=g
level=WARN msg="unable to dial" client=kafka addr=kafka-1:9092 err=refused
level=ERROR msg=failed client=kafka
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

func TestLoggerDoesNotRepeatItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, out := recorder(slog.LevelInfo)
		l := newLogger(log)
		for range 21 { // 0 s to 20 s
			l.Log(kgo.LogLevelWarn, "unable to dial")
			time.Sleep(time.Second)
		}
		l.Log(kgo.LogLevelWarn, "another")
		want := `level=WARN msg="unable to dial" client=kafka
level=WARN msg="unable to dial" client=kafka suppressed=9
level=WARN msg="unable to dial" client=kafka suppressed=9
level=WARN msg=another client=kafka
`
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	})
}

func TestLoggerRemembersABoundedNumber(t *testing.T) {
	log, _ := recorder(slog.LevelInfo)
	l := newLogger(log)
	for i := range 10 * maxMessages {
		l.Log(kgo.LogLevelWarn, strings.Repeat("x", i+1))
	}
	if len(l.seen) > maxMessages {
		t.Errorf("%d messages are remembered, more than %d", len(l.seen), maxMessages)
	}
}
