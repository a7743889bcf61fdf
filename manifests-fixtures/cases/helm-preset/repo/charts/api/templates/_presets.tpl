{{- define "api.preset" -}}
{{- $presets := dict
  "nano" (dict
    "requests" (dict "cpu" "100m" "memory" "128Mi" "ephemeral-storage" "50Mi")
    "limits" (dict "cpu" "150m" "memory" "192Mi" "ephemeral-storage" "2Gi"))
  "micro" (dict
    "requests" (dict "cpu" "250m" "memory" "256Mi" "ephemeral-storage" "50Mi")
    "limits" (dict "cpu" "375m" "memory" "384Mi" "ephemeral-storage" "2Gi"))
-}}
{{- get $presets . | toYaml -}}
{{- end -}}
