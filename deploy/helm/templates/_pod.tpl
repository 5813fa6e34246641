{{/* What every pod of the release has in common. */}}
{{- define "ingest.podDefaults" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* A container without probes; expects {root, name, args, env}. */}}
{{- define "ingest.container" -}}
name: {{ .name }}
image: {{ include "ingest.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args:
  {{- toYaml .args | nindent 2 }}
env:
  {{- include "ingest.withExtraEnv" (dict "root" .root "env" .env) | nindent 2 }}
{{- with .root.Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .root.Values.securityContext | nindent 2 }}
resources:
  {{- toYaml .root.Values.resources | nindent 2 }}
volumeMounts:
  {{- include "ingest.volumeMounts" .root | nindent 2 }}
{{- end -}}

{{/* A pod that checks the mapping against the servers; expects {root, mapping}. */}}
{{- define "ingest.validatePod" -}}
{{ include "ingest.podDefaults" .root }}
restartPolicy: Never
containers:
  - {{ include "ingest.container" (dict "root" .root "name" "validate" "env" (include "ingest.env" .root)
        "args" (list "validate" "--timeout" (printf "%ds" (int .root.Values.validate.timeoutSeconds)))) | indent 4 | trim }}
volumes:
  {{- include "ingest.volumes" . | nindent 2 }}
{{- end -}}

{{- define "ingest.topologySpread" -}}
{{- range .Values.topologySpreadConstraints }}
- {{ toYaml . | indent 2 | trim }}
  {{- if not (hasKey . "labelSelector") }}
  labelSelector:
    matchLabels:
      {{- include "ingest.selectorLabels" $ | nindent 6 }}
  {{- end }}
{{- end }}
{{- end -}}
