{{/* Every change of the number of pods is a rebalance: down slowly, one at a time. */}}
{{- define "ingest.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 60
scaleDown:
  stabilizationWindowSeconds: 300
  policies:
    - type: Pods
      value: 1
      periodSeconds: 120
{{- end -}}

{{/* Where KEDA's own client finds its credentials: a list for secretTargetRef. */}}
{{- define "ingest.kedaSecrets" -}}
{{- $out := list -}}
{{- with .Values.kafka.tls -}}
{{- if and .enabled .ca.existingSecret -}}
{{- $out = append $out (dict "parameter" "ca" "name" .ca.existingSecret "key" .ca.key) -}}
{{- end -}}
{{- if and .enabled .client.existingSecret -}}
{{- $out = append $out (dict "parameter" "cert" "name" .client.existingSecret "key" .client.certKey) -}}
{{- $out = append $out (dict "parameter" "key" "name" .client.existingSecret "key" .client.keyKey) -}}
{{- end -}}
{{- end -}}
{{- with .Values.kafka.sasl -}}
{{- if and .mechanism .existingSecret -}}
{{- if and .usernameKey (not .username) -}}
{{- $out = append $out (dict "parameter" "username" "name" .existingSecret "key" .usernameKey) -}}
{{- end -}}
{{- $out = append $out (dict "parameter" "password" "name" .existingSecret "key" .passwordKey) -}}
{{- end -}}
{{- end -}}
{{- toYaml $out -}}
{{- end -}}

{{/* The name of the TriggerAuthentication, empty when none is needed. */}}
{{- define "ingest.kedaAuthentication" -}}
{{- if .Values.autoscaling.keda.authenticationRef -}}
{{- .Values.autoscaling.keda.authenticationRef -}}
{{- else if include "ingest.kedaSecrets" . | fromYamlArray -}}
{{- include "ingest.fullname" . -}}
{{- end -}}
{{- end -}}
