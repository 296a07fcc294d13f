{{/* The name that other tools of this API group wait for. */}}
{{- define "konductor.name" -}}konductor-controller-manager{{- end }}

{{- define "konductor.selector" -}}
app.kubernetes.io/name: konductor
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "konductor.labels" -}}
{{ include "konductor.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "konductor.doors" -}}
{{- $doors := list }}
{{- if .Values.doors.tekton }}{{ $doors = append $doors "tekton" }}{{ end }}
{{- if .Values.doors.argo }}{{ $doors = append $doors "argo-tasksets" }}{{ end }}
{{- if .Values.doors.pods }}{{ $doors = append $doors "pods" }}{{ end }}
{{- join "," $doors }}
{{- end }}

{{/* A role with its binding to the operator. Takes root, name, rules, and namespace unless it is for all. */}}
{{- define "konductor.grant" -}}
{{- $role := ternary "Role" "ClusterRole" (hasKey . "namespace") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels: {{- include "konductor.labels" .root | nindent 4 }}
rules: {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $role }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels: {{- include "konductor.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $role }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "konductor.name" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
