import { type Container, workloadKey } from "../domain/workload.ts";
import type { ApiResource, KubernetesApi } from "./kubernetes-api.ts";
import { templateKey } from "./kubernetes-assembly.ts";
import type { Notices } from "./kubernetes-notices.ts";
import { type LiveObject, readTemplate } from "./kubernetes-workload.ts";

/** The pod templates that Rollouts refer to and that are not among the objects listed, by `templateKey`. */
export async function fetchTemplates(
  api: KubernetesApi,
  objects: readonly LiveObject[],
  notices: Notices,
): Promise<Map<string, readonly Container[]>> {
  const listed = new Set(objects.map(({ workload }) => workloadKey(workload)));
  const referring = objects.filter(
    (object) => object.templateFrom !== undefined && !listed.has(templateKey(object) ?? ""),
  );
  const templates = new Map<string, readonly Container[]>();
  await Promise.all(
    referring.map(async (object) => {
      const key = templateKey(object);
      const containers = await fetchTemplate(api, object, notices);
      if (key !== undefined && containers !== undefined) templates.set(key, containers);
    }),
  );
  return templates;
}

async function fetchTemplate(
  api: KubernetesApi,
  object: LiveObject,
  notices: Notices,
): Promise<readonly Container[] | undefined> {
  const { workload, templateFrom } = object;
  const leftOut = (why: string) => notices.note(`${workloadKey(workload)} is left out: ${why}`);
  if (templateFrom === undefined || templateKey(object) === undefined) {
    leftOut("its workloadRef is to neither a Deployment nor a ReplicaSet of apps/v1");
    return undefined;
  }
  const { kind, name } = templateFrom;
  const resource: ApiResource = { group: "apps", version: "v1", plural: `${kind.toLowerCase()}s` };
  const answer = await api.get(resource, workload.namespace, name);
  if (answer.status === "found") return readTemplate(answer.value, workloadKey(workload), notices.note);
  if (answer.status === "forbidden") notices.forbidden("get", resource, workload.namespace);
  leftOut(
    `its workloadRef, ${kind} ${name}, ${answer.status === "absent" ? "is not there" : "may not be read"}`,
  );
  return undefined;
}
