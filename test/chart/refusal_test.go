package chart

import (
	"strings"
	"testing"
)

// Values that cannot work are refused with what to do, before anything is installed.
func TestWrongValuesAreRefused(t *testing.T) {
	minimal := cases["minimal"]
	for _, tc := range []struct {
		args []string
		says []string
	}{
		{nil, []string{"kafka.brokers is not set", "kafka.groupId is not set", "schemaRegistry.urls", "cassandra.hosts", "mapping.content is not set"}},
		{append(minimal, "--set", "replica=3"), []string{"replica"}},
		{append(minimal, "--set", "settings.INGEST_BATCH_ROW=3"), []string{"INGEST_BATCH_ROW"}},
		{append(minimal, "--set", "settings.INGEST_KAFKA_BROKERS=a:1"), []string{"INGEST_KAFKA_BROKERS"}},
		{append(minimal, "--set", "openTelemetry.OTHER=a"), []string{"OTHER"}},
		{append(minimal, "--set", "extraEnv[0].name=INGEST_KAFKA_BROKERS,extraEnv[0].value=a:1"), []string{"INGEST_KAFKA_BROKERS is set already"}},
		{append(minimal, "--set", "mapping.existingConfigMap=a"), []string{"mapping.content and mapping.existingConfigMap are both set"}},
		{append(minimal, "--set", "kafka.sasl.mechanism=PLAIN"), []string{"kafka.sasl.existingSecret"}},
		{append(minimal, "--set", "kafka.sasl.existingSecret=a"), []string{"without kafka.sasl.mechanism", "kafka.sasl.usernameKey"}},
		{append(minimal, "--set", "cassandra.auth.username=a"), []string{"cassandra.auth.username is set without a password"}},
		{append(minimal, "--set", "cassandra.tls.ca.existingSecret=a"), []string{"set cassandra.tls.enabled"}},
		{append(minimal, "--set", "cassandra.astra.bundle.existingSecret=a"), []string{"cassandra.astra.bundle stands in for cassandra.hosts", "cassandra.astra.auth.existingSecret"}},
		{append(minimal, "--set", "cassandra.astra.auth.existingSecret=a"), []string{"cassandra.astra.bundle.existingSecret"}},
		{append(minimal, "--set", "cassandra.astra.token=a"), []string{"token"}},
		{append(minimal, "--set", "kafka.rack=a,kafka.rackFromZone=true"), []string{"kafka.rack and kafka.rackFromZone are both set"}},
		{append(minimal, "--set", "autoscaling.by=both"), []string{"autoscaling"}},
		{append(minimal, "--set", "autoscaling.minReplicas=9"), []string{"minReplicas is larger"}},
		{append(minimal, "--set", "metrics.podMonitor.enabled=true,metrics.serviceMonitor.enabled=true"), []string{"scrape each pod twice"}},
		{append(minimal, "--set", "resources.limits.memory=lots"), []string{"resources.limits.memory"}},
		{append(minimal, "--set", "schemaRegistry.urls={http://user:secret@registry}"), []string{"schemaRegistry"}},
	} {
		for _, helm := range []string{helm3, helm4} {
			out, err := tryTemplate(t, helm, chartDir, newestKubernetes, tc.args...)
			if err == nil {
				t.Errorf("%v: taken", tc.args)
				continue
			}
			for _, says := range tc.says {
				if !strings.Contains(string(out), says) {
					t.Errorf("%v: the message does not say %q:\n%s", tc.args, says, out)
				}
			}
		}
	}
}

// An older Kubernetes than the chart knows is refused.
func TestOldKubernetesIsRefused(t *testing.T) {
	if out, err := tryTemplate(t, helm3, chartDir, "v1.30.9", cases["minimal"]...); err == nil {
		t.Errorf("taken:\n%s", out)
	}
}
