{{- define "operator.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "operator.metadata" -}}
labels:
  {{- include "operator.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "operator.rights" -}}
# list and watch feed the queue; patch sets and clears the finalizer, nothing else is written
- apiGroups: [sentinel.contoso.com]
  resources: [contosoconnectors]
  verbs: [get, list, watch, patch]
- apiGroups: [sentinel.contoso.com]
  resources: [contosoconnectors/status]
  verbs: [patch]
# an event that was there before is read and counted up
- apiGroups: [""]
  resources: [events]
  verbs: [create, get, patch]
{{- end }}

{{- define "operator.secrets" -}}
# spec.credentialsRef: get alone, so none is found that no object names
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}
