function(replicas) { apiVersion: 'v1', kind: 'List', items: [] }
