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

{{- /* what is served, as in .Values.namespaces, as JSON */ -}}
{{- define "operator.served" -}}
{{ .Values.namespaces | default (dict .Release.Namespace (dict)) | toJson }}
{{- end }}

{{- define "operator.account" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- else -}}
{{ required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* what the restricted Pod Security Standard asks of a Pod, and of a container */ -}}
{{- define "operator.security.pod" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "operator.security.container" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* what proves the operator's identity to Entra */ -}}
{{- define "operator.secret" -}}
{{ required (printf "credential.secretName is needed for %s" .Values.credential.method) .Values.credential.secretName }}
{{- end }}

{{- /* where a Pod may run and how its image is pulled: of the operator and of the hook */ -}}
{{- define "operator.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* replicas on different nodes, where that can be */ -}}
{{- define "operator.spread" -}}
{{- if .Values.topologySpreadConstraints -}}
{{ toYaml .Values.topologySpreadConstraints }}
{{- else if gt (int .Values.replicas) 1 -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "operator.labels" . | nindent 6 }}
{{- end }}
{{- end }}

{{- /* the port of the collector that traces go to */ -}}
{{- define "operator.traces.port" -}}
{{- $url := urlParse .Values.tracesEndpoint }}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https")) }}
{{- end }}

{{- /* the hosts of the cloud: sign-in, ARM, queries, ingestion; none for a cloud of a file */ -}}
{{- define "operator.hosts" -}}
{{- if .Values.cloudConfigMap -}}
[]
{{- else if eq .Values.cloud "usgovernment" -}}
{{ list "login.microsoftonline.us" "management.usgovcloudapi.net" "api.loganalytics.us" "*.ingest.monitor.azure.us" | toJson }}
{{- else if eq .Values.cloud "china" -}}
{{ list "login.chinacloudapi.cn" "management.chinacloudapi.cn" "api.loganalytics.azure.cn" "*.ingest.monitor.azure.cn" | toJson }}
{{- else -}}
{{ list "login.microsoftonline.com" "management.azure.com" "api.loganalytics.azure.com" "*.ingest.monitor.azure.com" | toJson }}
{{- end }}
{{- end }}
