//go:build stack && kube

package test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// A roll-out of a mapping that does not fit leaves the old pods at work: they are
// ready, the same members of the group, and write what comes. The new pod says what
// is wrong and joins nothing. Installed by Helm 3 and upgraded by Helm 4, as happens
// once in a release's life.
func (k *kubernetes) testMisfit(t *testing.T) {
	old := k.begin(t, "helm3")
	old.tryPage("deploy.md", true)
	r := k.adopt(old, "helm4")
	var members []string
	harness.Eventually(t, docWait, "the pods of before have left the group", func() error {
		if members = r.members(); len(members) != 2 {
			return fmt.Errorf("the members are %v", members)
		}
		return nil
	})
	out, code := r.run(`sed 's/value.note/value.remark/' mapping.yaml > new.yaml
helm upgrade orders deploy/helm -n shop -f my-values.yaml --set-file mapping.content=new.yaml --no-hooks --wait --timeout 30s`)
	if code == 0 {
		t.Errorf("a mapping that does not fit is rolled out:\n%s", out)
	}
	const pods = `kubectl -n shop get pods --no-headers -o custom-columns=R:.status.containerStatuses[0].ready,N:.status.containerStatuses[0].restartCount,C:.status.containerStatuses[0].lastState.terminated.exitCode`
	harness.Eventually(t, docWait, "two old pods are ready, a new one has exit code 78", func() error {
		lines := strings.Split(strings.TrimSpace(r.must(pods)), "\n")
		ready, refused := 0, 0
		for _, line := range lines {
			switch fields := strings.Fields(line); {
			case slices.Equal(fields, []string{"true", "0", "<none>"}):
				ready++
			case fields[0] == "false" && fields[2] == "78":
				refused++
			}
		}
		if ready != 2 || refused != 1 || len(lines) != 3 {
			return fmt.Errorf("the pods are\n%s", strings.Join(lines, "\n"))
		}
		return nil
	})
	r.saysWhy()
	if now := r.members(); !slices.Equal(now, members) {
		t.Errorf("the group had the members %v and has %v", members, now)
	}
	r.arrives("o-after-the-misfit")
	r.must("helm rollback orders 4 -n shop --wait")
	r.eventually(pods, "true 0 <none>\ntrue 0 <none>\n")
	r.arrives("o-after-the-rollback")
	r.end()
}

// adopt goes on with another Helm.
func (k *kubernetes) adopt(r *release, helm string) *release {
	r.t.Helper()
	r.must("sed -i 's#[^/]*helm3#" + helm + "#' " + r.bin + "/helm")
	return r
}

// members are the ids of the group's members.
func (r *release) members() []string {
	r.t.Helper()
	groups, err := r.s.admin.DescribeGroups(r.t.Context(), kubernetesGroup)
	if err != nil {
		r.t.Fatal(err)
	}
	var ids []string
	for _, member := range groups[kubernetesGroup].Members {
		ids = append(ids, member.MemberID)
	}
	slices.Sort(ids)
	return ids
}

// saysWhy holds the new pod's log to one message that names the place.
func (r *release) saysWhy() {
	r.t.Helper()
	name := r.must(`kubectl -n shop get pods --sort-by=.metadata.creationTimestamp -o name | tail -1`)
	log := r.must("kubectl -n shop logs --previous " + strings.TrimSpace(name))
	if strings.Count(log, "value.remark") == 0 || !strings.Contains(log, "mapping.yaml:") {
		r.t.Errorf("the log does not say what is wrong:\n%s", log)
	}
	r.t.Logf("the new pod says:\n%s", log)
}

// arrives produces a copy of the topic's first record under a key
// of its own, and waits for its row.
func (r *release) arrives(key string) {
	r.t.Helper()
	first := readAll(r.t, r.s.admin, r.s.name)[0]
	produce(r.t, r.s.client, &kgo.Record{Topic: r.s.name, Key: []byte(key), Value: first.Value})
	harness.Eventually(r.t, docWait, "the row of "+key+" is there", func() error {
		var id string
		if !r.s.scan("SELECT id FROM shop.orders WHERE id = '"+key+"'", &id) {
			return fmt.Errorf("it is not")
		}
		return nil
	})
}
