/** What a repository's own file says at first: nothing, and how to say something. */
export const FIRST_FILE = `# yaml-language-server: $schema=https://unpkg.com/loadline/schemas/repository.schema.json
# What Loadline may do with the workloads that this repository declares. It may narrow what the operator's
# configuration allows, never widen it.
version: 1

# For all of them:
# policy:
#   mode: recommend # or disabled: measured, and nothing is proposed
#   profile: safe # more room
#   bounds:
#     memory: { min: 64Mi, max: 8Gi }

# For some of them:
# policies:
#   - name: databases
#     selector:
#       workloadTypes: { include: [StatefulSet] }
#     updateRequestsOnly: true

# What is left alone; "/loadline ignore" in a pull request writes it for you:
# ignore:
#   - workload: Deployment/shop/api
#     container: app
#     until: 2027-01-31
#     reason: load tests
`;
