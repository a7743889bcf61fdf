function(name) {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: name },
  spec: { template: { spec: { containers: [{ name: name, resources: { requests: { cpu: '250m' } } }] } } },
}
