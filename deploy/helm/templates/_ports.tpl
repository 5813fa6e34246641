{{/* The ports of the servers that the values name, as a sorted list of texts. */}}
{{- define "ingest.serverPorts" -}}
{{- $ports := list -}}
{{- if .Values.cassandra.astra.bundle.existingSecret -}}
{{- range .Values.cassandra.astra.ports -}}
{{- $ports = append $ports (include "ingest.text" .) -}}
{{- end -}}
{{- else -}}
{{- $ports = append $ports (include "ingest.text" .Values.cassandra.port) -}}
{{- end -}}
{{- range concat .Values.kafka.brokers .Values.cassandra.hosts -}}
{{- with regexFind ":[0-9]+$" . -}}
{{- $ports = append $ports (trimPrefix ":" .) -}}
{{- end -}}
{{- end -}}
{{- $urls := .Values.schemaRegistry.urls -}}
{{- range $name, $value := .Values.openTelemetry -}}
{{- if hasSuffix "_ENDPOINT" $name -}}
{{- $urls = append $urls $value -}}
{{- end -}}
{{- end -}}
{{- range $urls -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports ($port | default (ternary "443" "80" (eq $url.scheme "https"))) -}}
{{- end -}}
{{- $ports | uniq | sortAlpha | toYaml -}}
{{- end -}}
