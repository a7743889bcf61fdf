{{- define "house.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .root.Release.Name }}
spec:
  selector:
    matchLabels:
      app: {{ .root.Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .root.Release.Name }}
    spec:
      containers:
        - name: main
          image: {{ .workload.image }}
          resources: {{- toYaml .workload.resources | nindent 12 }}
{{- end -}}
