{{/* A value of the environment. Helm reads numbers as floats, which would print
     67108864 as 6.7108864e+07. */}}
{{- define "ingest.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- int64 . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* TLS settings; expects {prefix, volume, tls}. */}}
{{- define "ingest.tlsEnv" -}}
{{- if .tls.enabled }}
- name: {{ .prefix }}_TLS_ENABLED
  value: "true"
{{- if .tls.serverName }}
- name: {{ .prefix }}_TLS_SERVER_NAME
  value: {{ .tls.serverName | quote }}
{{- end }}
{{- if .tls.ca.existingSecret }}
- name: {{ .prefix }}_TLS_CA_FILE
  value: /etc/ingest/{{ .volume }}-ca/{{ .tls.ca.key }}
{{- end }}
{{- if .tls.client.existingSecret }}
- name: {{ .prefix }}_TLS_CERT_FILE
  value: /etc/ingest/{{ .volume }}-client/{{ .tls.client.certKey }}
- name: {{ .prefix }}_TLS_KEY_FILE
  value: /etc/ingest/{{ .volume }}-client/{{ .tls.client.keyKey }}
{{- end }}
{{- end }}
{{- end -}}

{{/* User name and password; expects {prefix, volume, auth}. */}}
{{- define "ingest.authEnv" -}}
{{- if .auth.username }}
- name: {{ .prefix }}_USERNAME
  value: {{ .auth.username | quote }}
{{- else if and .auth.existingSecret .auth.usernameKey }}
- name: {{ .prefix }}_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ .auth.existingSecret }}
      key: {{ .auth.usernameKey }}
{{- end }}
{{- if .auth.existingSecret }}
- name: {{ .prefix }}_PASSWORD_FILE
  value: /etc/ingest/{{ .volume }}-auth/{{ .auth.passwordKey }}
{{- end }}
{{- end -}}

{{- define "ingest.kafkaEnv" -}}
- name: INGEST_KAFKA_BROKERS
  value: {{ join "," .Values.kafka.brokers | quote }}
- name: INGEST_KAFKA_GROUP_ID
  value: {{ .Values.kafka.groupId | quote }}
{{- if .Values.kafka.rack }}
- name: INGEST_KAFKA_RACK
  value: {{ .Values.kafka.rack | quote }}
{{- else if .Values.kafka.rackFromZone }}
- name: INGEST_KAFKA_RACK
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['topology.kubernetes.io/zone']
{{- end }}
{{- include "ingest.tlsEnv" (dict "prefix" "INGEST_KAFKA" "volume" "kafka" "tls" .Values.kafka.tls) }}
{{- if .Values.kafka.sasl.mechanism }}
- name: INGEST_KAFKA_SASL_MECHANISM
  value: {{ .Values.kafka.sasl.mechanism }}
{{- include "ingest.authEnv" (dict "prefix" "INGEST_KAFKA_SASL" "volume" "kafka" "auth" .Values.kafka.sasl) }}
{{- end }}
{{- end -}}

{{- define "ingest.registryEnv" -}}
- name: INGEST_SCHEMA_REGISTRY_URLS
  value: {{ join "," .Values.schemaRegistry.urls | quote }}
{{- include "ingest.tlsEnv" (dict "prefix" "INGEST_SCHEMA_REGISTRY" "volume" "schema-registry" "tls" .Values.schemaRegistry.tls) }}
{{- include "ingest.authEnv" (dict "prefix" "INGEST_SCHEMA_REGISTRY" "volume" "schema-registry" "auth" .Values.schemaRegistry.auth) }}
{{- end -}}

{{/* Where a managed cluster is, and who asks; expects cassandra.astra. */}}
{{- define "ingest.astraEnv" -}}
- name: INGEST_CASSANDRA_ASTRA_BUNDLE_FILE
  value: /etc/ingest/cassandra-bundle/{{ .bundle.key }}
{{- if .auth.clientIdKey }}
- name: INGEST_CASSANDRA_ASTRA_CLIENT_ID
  valueFrom:
    secretKeyRef:
      name: {{ .auth.existingSecret }}
      key: {{ .auth.clientIdKey }}
- name: INGEST_CASSANDRA_ASTRA_CLIENT_SECRET_FILE
  value: /etc/ingest/cassandra-astra-auth/{{ .auth.clientSecretKey }}
{{- else }}
- name: INGEST_CASSANDRA_ASTRA_TOKEN_FILE
  value: /etc/ingest/cassandra-astra-auth/{{ .auth.tokenKey }}
{{- end }}
{{- end -}}

{{- define "ingest.cassandraEnv" -}}
{{- if .Values.cassandra.astra.bundle.existingSecret -}}
{{ include "ingest.astraEnv" .Values.cassandra.astra }}
{{- else -}}
- name: INGEST_CASSANDRA_HOSTS
  value: {{ join "," .Values.cassandra.hosts | quote }}
- name: INGEST_CASSANDRA_PORT
  value: {{ include "ingest.text" .Values.cassandra.port | quote }}
{{- end }}
{{- with .Values.cassandra.datacenter }}
- name: INGEST_CASSANDRA_DATACENTER
  value: {{ . | quote }}
{{- end }}
{{- with .Values.cassandra.keyspace }}
- name: INGEST_CASSANDRA_KEYSPACE
  value: {{ . | quote }}
{{- end }}
{{- include "ingest.tlsEnv" (dict "prefix" "INGEST_CASSANDRA" "volume" "cassandra" "tls" .Values.cassandra.tls) }}
{{- include "ingest.authEnv" (dict "prefix" "INGEST_CASSANDRA" "volume" "cassandra" "auth" .Values.cassandra.auth) }}
{{- end -}}

{{/* OpenTelemetry, with the attributes that tell one pod from another. */}}
{{- define "ingest.otelEnv" -}}
{{- range $name, $value := .Values.openTelemetry }}
- name: {{ $name }}
  value: {{ include "ingest.text" $value | quote }}
{{- end }}
{{- if and .Values.openTelemetry (not (hasKey .Values.openTelemetry "OTEL_RESOURCE_ATTRIBUTES")) }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: OTEL_RESOURCE_ATTRIBUTES
  value: k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME)
{{- end }}
{{- end -}}

{{/* Nine tenths of the memory limit, in bytes; empty when there is no limit. */}}
{{- define "ingest.memoryLimit" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- with dig "limits" "memory" "" .Values.resources -}}
{{- $text := include "ingest.text" . -}}
{{- if not (regexMatch "^[0-9]+(\\.[0-9]+)?(k|M|G|Ki|Mi|Gi)?$" $text) -}}
{{- fail (printf "resources.limits.memory: %s is no quantity in bytes, k, M, G, Ki, Mi or Gi" $text) -}}
{{- end -}}
{{- $number := regexFind "^[0-9.]+" $text -}}
{{- mulf (float64 $number) (get $units (trimPrefix $number $text)) 0.9 | floor | int64 -}}
{{- end -}}
{{- end -}}

{{/* The environment that the workers, the hook and the test share, as a list. */}}
{{- define "ingest.env" -}}
- name: INGEST_MAPPING_FILE
  value: /etc/ingest/mapping/mapping.yaml
- name: INGEST_HTTP_ADDR
  value: ":8080"
- name: INGEST_SHUTDOWN_TIMEOUT
  value: {{ include "ingest.text" .Values.shutdownTimeoutSeconds }}s
{{ include "ingest.kafkaEnv" . }}
{{ include "ingest.registryEnv" . }}
{{ include "ingest.cassandraEnv" . }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ include "ingest.text" $value | quote }}
{{- end }}
{{- include "ingest.otelEnv" . }}
{{- with include "ingest.memoryLimit" . }}
- name: GOMEMLIMIT
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Static members are named after their pods. */}}
{{- define "ingest.workerEnv" -}}
{{ include "ingest.env" . }}
{{- if eq .Values.kind "StatefulSet" }}
- name: INGEST_KAFKA_INSTANCE_ID
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end }}
{{- end -}}

{{/* A list of variables with extraEnv behind it; expects {root, env}. Two of one
     name would be refused by a server-side apply, and the last would win silently
     everywhere else. */}}
{{- define "ingest.withExtraEnv" -}}
{{- $env := concat (fromYamlArray .env) (.root.Values.extraEnv | default list) -}}
{{- $seen := dict -}}
{{- range $env -}}
{{- if hasKey $seen .name -}}
{{- fail (printf "extraEnv: %s is set already; use the value of the chart for it" .name) -}}
{{- end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}
