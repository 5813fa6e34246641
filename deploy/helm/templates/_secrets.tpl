{{/* The Secrets that the pods mount, as a list of {volume, secret, keys}. They are
     mounted as directories, which Kubernetes keeps up to date: the worker reads a
     rotated password or certificate without a restart. */}}
{{- define "ingest.secrets" -}}
{{- $out := list -}}
{{- range $part, $tls := dict "kafka" .Values.kafka.tls "schema-registry" .Values.schemaRegistry.tls "cassandra" .Values.cassandra.tls -}}
{{- if $tls.enabled -}}
{{- with $tls.ca.existingSecret -}}
{{- $out = append $out (dict "volume" (printf "%s-ca" $part) "secret" . "keys" (list $tls.ca.key)) -}}
{{- end -}}
{{- with $tls.client.existingSecret -}}
{{- $out = append $out (dict "volume" (printf "%s-client" $part) "secret" . "keys" (list $tls.client.certKey $tls.client.keyKey)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $part, $auth := dict "kafka" .Values.kafka.sasl "schema-registry" .Values.schemaRegistry.auth "cassandra" .Values.cassandra.auth -}}
{{- with $auth.existingSecret -}}
{{- $out = append $out (dict "volume" (printf "%s-auth" $part) "secret" . "keys" (list $auth.passwordKey)) -}}
{{- end -}}
{{- end -}}
{{- with .Values.cassandra.astra -}}
{{- if .bundle.existingSecret -}}
{{- $out = append $out (dict "volume" "cassandra-bundle" "secret" .bundle.existingSecret "keys" (list .bundle.key)) -}}
{{- $key := ternary .auth.clientSecretKey .auth.tokenKey (ne .auth.clientIdKey "") -}}
{{- $out = append $out (dict "volume" "cassandra-astra-auth" "secret" .auth.existingSecret "keys" (list $key)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $out -}}
{{- end -}}

{{/* Volumes of a pod; expects {root, mapping: the name of the mapping's ConfigMap}. */}}
{{- define "ingest.volumes" -}}
- name: mapping
  configMap:
    name: {{ .mapping }}
    items:
      - key: {{ .root.Values.mapping.key }}
        path: mapping.yaml
{{- range include "ingest.secrets" .root | fromYamlArray }}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items:
      {{- range .keys }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
{{- end }}
{{- with .root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ingest.volumeMounts" -}}
- name: mapping
  mountPath: /etc/ingest/mapping
  readOnly: true
{{- range include "ingest.secrets" . | fromYamlArray }}
- name: {{ .volume }}
  mountPath: /etc/ingest/{{ .volume }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
