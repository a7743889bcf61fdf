import type { ApiResource } from "../inventory/kubernetes-api.ts";

/** Which rule is missing, and which file has it. */
export function missingPermission(
  verb: string,
  { group, plural }: Pick<ApiResource, "group" | "plural">,
  namespace: string,
): string {
  return `missing permission: verb "${verb}" on resource "${plural}" in API group "${group}" in namespace "${namespace}". Grant it (deploy/rbac-trial.yaml)`;
}
