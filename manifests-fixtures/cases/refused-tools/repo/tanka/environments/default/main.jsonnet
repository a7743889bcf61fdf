{ worker: (import '../../../jsonnet/deployment.libsonnet')('worker') }
