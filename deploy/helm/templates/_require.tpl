{{/* Everything that the schema cannot say, all faults at once. */}}
{{- define "ingest.require" -}}
{{- $faults := list -}}
{{- if not .Values.kafka.brokers -}}
{{- $faults = append $faults "kafka.brokers is not set; for example [kafka-1:9092]" -}}
{{- end -}}
{{- if not .Values.kafka.groupId -}}
{{- $faults = append $faults "kafka.groupId is not set; for example ingest-orders. Keep it over upgrades: its offsets say what has been written" -}}
{{- end -}}
{{- if not .Values.schemaRegistry.urls -}}
{{- $faults = append $faults "schemaRegistry.urls is not set; for example [https://registry:8081]" -}}
{{- end -}}
{{- with .Values.cassandra -}}
{{- if .astra.bundle.existingSecret -}}
{{- if or .hosts .tls.enabled .auth.username .auth.existingSecret -}}
{{- $faults = append $faults "cassandra.astra.bundle stands in for cassandra.hosts, cassandra.tls and cassandra.auth; leave those out" -}}
{{- end -}}
{{- if not .astra.auth.existingSecret -}}
{{- $faults = append $faults "cassandra.astra.bundle is set without a token; name the Secret that holds it in cassandra.astra.auth.existingSecret" -}}
{{- end -}}
{{- else -}}
{{- if not .hosts -}}
{{- $faults = append $faults "cassandra.hosts is not set; for example [cassandra-1]; or name a Secret with a secure connect bundle in cassandra.astra.bundle.existingSecret" -}}
{{- end -}}
{{- if .astra.auth.existingSecret -}}
{{- $faults = append $faults "cassandra.astra.auth.existingSecret is set without a bundle; name the Secret that holds it in cassandra.astra.bundle.existingSecret" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.kafka.rack .Values.kafka.rackFromZone -}}
{{- $faults = append $faults "kafka.rack and kafka.rackFromZone are both set; keep one" -}}
{{- end -}}
{{- if and (not .Values.mapping.content) (not .Values.mapping.existingConfigMap) -}}
{{- $faults = append $faults "mapping.content is not set; use --set-file mapping.content=mapping.yaml, or name mapping.existingConfigMap" -}}
{{- end -}}
{{- if and .Values.mapping.content .Values.mapping.existingConfigMap -}}
{{- $faults = append $faults "mapping.content and mapping.existingConfigMap are both set; keep one" -}}
{{- end -}}
{{- range $name, $auth := dict "kafka.sasl" .Values.kafka.sasl "schemaRegistry.auth" .Values.schemaRegistry.auth "cassandra.auth" .Values.cassandra.auth -}}
{{- if and $auth.username (not $auth.existingSecret) -}}
{{- $faults = append $faults (printf "%s.username is set without a password; name the Secret that holds it in %s.existingSecret" $name $name) -}}
{{- end -}}
{{- if and $auth.existingSecret (not $auth.username) (not $auth.usernameKey) -}}
{{- $faults = append $faults (printf "%s.existingSecret is set without a user; set %s.username or %s.usernameKey" $name $name $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.kafka.sasl.mechanism (not .Values.kafka.sasl.existingSecret) -}}
{{- $faults = append $faults "kafka.sasl.mechanism is set without a password; name the Secret that holds it in kafka.sasl.existingSecret" -}}
{{- end -}}
{{- if and .Values.kafka.sasl.existingSecret (not .Values.kafka.sasl.mechanism) -}}
{{- $faults = append $faults "kafka.sasl.existingSecret is set without kafka.sasl.mechanism; for example SCRAM-SHA-512" -}}
{{- end -}}
{{- range $name, $tls := dict "kafka.tls" .Values.kafka.tls "schemaRegistry.tls" .Values.schemaRegistry.tls "cassandra.tls" .Values.cassandra.tls -}}
{{- if and (not $tls.enabled) (or $tls.serverName $tls.ca.existingSecret $tls.client.existingSecret) -}}
{{- $faults = append $faults (printf "%s has certificates or a name but is off; set %s.enabled" $name $name) -}}
{{- end -}}
{{- end -}}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) -}}
{{- $faults = append $faults "autoscaling.minReplicas is larger than autoscaling.maxReplicas" -}}
{{- end -}}
{{- if and .Values.metrics.podMonitor.enabled .Values.metrics.serviceMonitor.enabled -}}
{{- $faults = append $faults "metrics.podMonitor and metrics.serviceMonitor would scrape each pod twice; enable one" -}}
{{- end -}}
{{- if $faults -}}
{{- fail (printf "\n\n  - %s\n" (join "\n  - " $faults)) -}}
{{- end -}}
{{- end -}}
