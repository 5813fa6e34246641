package deadletter

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"ingest/retry"
)

func TestEnsureTopic(t *testing.T) {
	const user = "worker"
	admin := func(op kmsg.ACLOperation, kind kmsg.ACLResourceType, name string) kfake.ACL {
		return kfake.ACL{Resource: kind, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
	}
	describe := admin(kmsg.ACLOperationDescribe, kmsg.ACLResourceTypeTopic, topic)
	create := admin(kmsg.ACLOperationCreate, kmsg.ACLResourceTypeTopic, topic)
	cases := []struct {
		name   string
		exists bool
		acls   []kfake.ACL
		want   string
	}{
		{"exists", true, []kfake.ACL{describe}, ""},
		{"missing, may create", false, []kfake.ACL{describe, create}, ""},
		{"missing, may not create", false, []kfake.ACL{describe}, "grant the worker Create"},
		{"exists, may not even see it", true, nil, "grant the worker Describe"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := []kfake.Opt{kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "root", "root"), kfake.User("PLAIN", user, "pw", c.acls...)}
				if c.exists {
					opts = append(opts, kfake.SeedTopics(1, topic))
				}
				w := newWorld(t, defaults(), opts...)
				p := w.newProducer(defaults(), kgo.SASL(plain.Auth{User: user, Pass: "pw"}.AsMechanism()))
				defer p.Close()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := p.EnsureTopic(ctx)
				switch {
				case c.want == "":
					if err != nil || w.cluster.TopicInfo(topic) == nil {
						t.Errorf("error %v, topic %v", err, w.cluster.TopicInfo(topic))
					}
				case err == nil || !strings.Contains(err.Error(), c.want) || retry.ClassOf(err) != retry.Configuration:
					t.Errorf("error %v (%v), want a configuration error with %q", err, retry.ClassOf(err), c.want)
				}
			})
		})
	}
}

func TestEnsureTopicWaitsForKafka(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, defaults())
		away := errors.New("connection refused")
		var mu sync.Mutex
		p := w.newProducer(defaults(), kgo.Dialer(func(ctx context.Context, network, addr string) (c net.Conn, err error) {
			mu.Lock()
			defer mu.Unlock()
			if away != nil {
				return nil, away
			}
			return w.net.DialContext(ctx, network, addr)
		}))
		defer p.Close()
		result := make(chan error, 1)
		go func() { result <- p.EnsureTopic(t.Context()) }()
		time.Sleep(30 * time.Second)
		if said := w.said(); len(said) == 0 || !strings.Contains(said[0], "letters") {
			t.Errorf("said %q, want that it looks for the topic", said)
		}
		mu.Lock()
		away = nil
		mu.Unlock()
		wantOutcome(t, result, nil)
		if said := w.said(); said[len(said)-1] != "" {
			t.Errorf("still waiting: %q", said)
		}
	})
}
