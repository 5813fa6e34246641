//go:build stack

package secure

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"ingest/test/harness"
)

// testKafkaRights starts a worker whose user has no right in Kafka. It stays, says
// on /readyz which right is missing of what, and goes on when that is granted, until
// the next one is missing.
func testKafkaRights(t *testing.T, g *goods) {
	const user, password = "meek", "granted-Passw0rd"
	file := filepath.Join(t.TempDir(), "password")
	writeFile(t, file, []byte(password))
	made, err := g.admin.AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{
		{User: user, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: password},
	})
	if err = errors.Join(err, made.Error()); err != nil {
		t.Fatal(err)
	}
	d := g.deliver(t)
	maps.Copy(d.env, map[string]string{"INGEST_KAFKA_SASL_USERNAME": user, "INGEST_KAFKA_SASL_PASSWORD_FILE": file})
	letters, group := d.env["INGEST_DEAD_LETTER_TOPIC"], d.env["INGEST_KAFKA_GROUP_ID"]
	to := func() *kadm.ACLBuilder { return kadm.NewACLs().Allow("User:" + user) }
	w := d.start()
	for _, step := range []struct {
		component, says string
		grant           *kadm.ACLBuilder
	}{
		{"dead letters", "grant the worker", to().Topics(letters).Operations(kadm.OpCreate, kadm.OpDescribe, kadm.OpWrite)},
		{"kafka topics", "grant READ and DESCRIBE on the topic", to().Topics(topic).Operations(kadm.OpRead, kadm.OpDescribe)},
		{"kafka group", "grant READ on the consumer group", to().Groups(group).Operations(kadm.OpRead)},
	} {
		harness.Eventually(t, time.Minute, "/readyz blames "+step.component, func() error {
			reasons, err := w.Unready()
			if err != nil {
				return errors.Join(err, w.Alive())
			}
			if !strings.Contains(reasons[step.component], step.says) {
				return fmt.Errorf("not ready: %v", reasons)
			}
			return w.Alive()
		})
		granted, err := g.admin.CreateACLs(t.Context(), step.grant)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range granted {
			if one.Err != nil {
				t.Fatal(one.Err)
			}
		}
	}
	demandDone(t, w, runLimit)
	d.check()
	demandNoSecrets(t, w.Output())
}
