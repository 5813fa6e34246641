package pipeline

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// A topic that the user may not see is named, and hides neither what is there nor
// what is missing of the others.
func TestADeniedTopicHidesNoOther(t *testing.T) {
	network := &kfake.VirtualNetwork{}
	may := func(topic string) kfake.ACL {
		return kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: topic, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}
	}
	fake, err := kfake.NewCluster(kfake.Ports(9092), kfake.ListenFn(network.Listen), kfake.SeedTopics(1, testTopic, "denied"), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "admin", "admin"), kfake.User("PLAIN", "meek", "password", may(testTopic), may("missing")))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.Dialer(network.DialContext),
		kgo.SASL(plain.Auth{User: "meek", Pass: "password"}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c := &Consumer{admin: kadm.NewClient(client)}
	found, denied, err := c.listTopics(t.Context(), []string{"denied", "missing", testTopic})
	if err != nil || !slices.Equal(denied, []string{"denied"}) {
		t.Fatalf("denied are %v, %v", denied, err)
	}
	if found[testTopic].Err != nil || len(found[testTopic].Partitions) != 1 {
		t.Errorf("%s is %+v", testTopic, found[testTopic])
	}
	if there, asked := found["missing"]; !asked || there.Err == nil {
		t.Errorf("missing is %+v", there)
	}
	want := "not authorized to read: denied (grant READ and DESCRIBE on the topic)"
	if got := topicReason(nil, denied); got != want {
		t.Errorf("the reason is %q", got)
	}
}
