local deployment = import 'deployment.libsonnet';
deployment('worker') { spec+: { replicas: 2 } }
