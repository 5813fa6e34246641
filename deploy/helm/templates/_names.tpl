{{- define "ingest.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* 52 characters leave room for what controllers append to a name that becomes a label. */}}
{{- define "ingest.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "ingest.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "ingest.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The labels that every pod of the release has, also those of hooks. */}}
{{- define "ingest.releaseLabels" -}}
app.kubernetes.io/name: {{ include "ingest.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The labels of the workers. They must never change: a selector is immutable. */}}
{{- define "ingest.selectorLabels" -}}
{{ include "ingest.releaseLabels" . }}
app.kubernetes.io/component: worker
{{- end -}}

{{- define "ingest.commonLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ingest.labels" -}}
{{ include "ingest.selectorLabels" . }}
{{ include "ingest.commonLabels" . }}
{{- end -}}

{{- define "ingest.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "ingest.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "ingest.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The ConfigMap of the mapping. Its name follows its content, so that a pod of an
     older revision that starts again never reads a newer mapping. */}}
{{- define "ingest.mappingConfigMap" -}}
{{- if .Values.mapping.existingConfigMap -}}
{{- .Values.mapping.existingConfigMap -}}
{{- else -}}
{{- printf "%s-mapping-%s" (include "ingest.fullname" .) (.Values.mapping.content | sha256sum | trunc 8) | trunc 253 -}}
{{- end -}}
{{- end -}}
