package deadletter

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

func TestMarkerMarksWhereTheLetterStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t, 3)
		m, err := NewMarker(a.options(), "1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if err := m.MayWrite(t.Context(), []string{topic}); err != nil {
			t.Error(err)
		}
		first, second := a.letter(2, 7), a.letter(0, 8)
		a.letter(0, 9)
		if err := m.Mark(t.Context(), []*Stored{first, second}); err != nil {
			t.Fatal(err)
		}
		want(t, a.read(a.reader(time.Time{}), Filter{}), "0/0 of 8, replayed", "0/1 of 9", "2/0 of 7, replayed")
	})
}

// An outage is waited for; the end of the context ends that.
func TestMarkerWaitsForBrokers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t, 1)
		m, err := NewMarker(a.options(), "1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		l := a.letter(0, 7)
		var back atomic.Bool
		a.cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
			a.cluster.KeepControl()
			return nil, errors.New("away"), !back.Load()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := m.Mark(ctx, []*Stored{l}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Mark = %v", err)
		}
		time.AfterFunc(time.Minute, func() { back.Store(true) })
		if err := m.Mark(t.Context(), []*Stored{l}); err != nil {
			t.Errorf("Mark = %v", err)
		}
	})
}

// Whoever may only read is told so before anything is written.
func TestMarkerNeedsTheRightToWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const user = "reader"
		right := func(op kmsg.ACLOperation) kfake.ACL {
			return kfake.ACL{Principal: "User:" + user, Allow: true, Resource: kmsg.ACLResourceTypeTopic, Name: topic, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op}
		}
		w := newWorld(t, defaults(), kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "root", "root"), kfake.SeedTopics(1, topic),
			kfake.User("PLAIN", user, "pw", right(kmsg.ACLOperationRead), right(kmsg.ACLOperationDescribe)))
		m, err := NewMarker(append(w.options(), kgo.SASL(plain.Auth{User: user, Pass: "pw"}.AsMechanism())), "1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		err = m.MayWrite(t.Context(), []string{topic})
		if !errors.Is(err, kerr.TopicAuthorizationFailed) || !strings.Contains(err.Error(), "grant Write on it") {
			t.Errorf("MayWrite = %v", err)
		}
		if err := m.Mark(t.Context(), []*Stored{{Place: Place{Topic: topic}}}); !errors.Is(err, kerr.TopicAuthorizationFailed) {
			t.Errorf("Mark = %v", err)
		}
		if err := m.MayWrite(t.Context(), []string{"lost"}); err == nil {
			t.Error("a topic that is not there may be written to")
		}
	})
}
