import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { z } from "zod";
import {
  type KubernetesApiServer,
  type KubernetesObject,
  type SeenRequest,
  send,
  sendStatus,
} from "./kubernetes-api.ts";

/**
 * Makes a scripted API server one of Kubernetes 1.36 that can be written to as far as trials do it: objects are
 * created, replaced and deleted with preconditions and finalizers, and pods are resized. Held against the real API
 * server by the same stories on it (test/cluster/trial.cluster.ts).
 */
export function allowWrites(api: KubernetesApiServer): void {
  api.documents.set("/version", { major: "1", minor: "36", gitVersion: "v1.36.3" });
  api.documents.set("/api/v1", {
    kind: "APIResourceList",
    resources: [{ name: "pods" }, { name: "pods/resize" }],
  });
  for (const resource of ["coordination.k8s.io/v1/leases", "/v1/pods", "policy/v1/poddisruptionbudgets"])
    api.add(resource);
  let version = 100;
  const next = (): string => String(++version);
  api.write = (seen, body, response) => {
    const key = `${seen.group}/${seen.version}/${seen.resource}`;
    const all = api.objects.get(key) ?? [];
    const given = body === "" ? {} : JSON.parse(body);
    const found = all.find(
      ({ metadata }) => metadata.name === seen.name && metadata.namespace === seen.namespace,
    );
    const put = (object: KubernetesObject | undefined): void => {
      const kept = all.flatMap((one) => (one === found ? (object ?? []) : one));
      api.objects.set(key, found || !object ? kept : [...kept, object]);
    };
    if (seen.verb === "create") return create(seen, given, all, next(), put, response);
    if (!found) return sendStatus(response, 404, "NotFound", `${seen.resource} "${seen.name}" not found`);
    const metadata = Metadata.parse(found.metadata);
    const wanted = Preconditions.parse(given);
    const { uid, resourceVersion = metadata.resourceVersion } = {
      ...wanted.preconditions,
      ...wanted.metadata,
    };
    if ((uid ?? metadata.uid) !== metadata.uid || resourceVersion !== metadata.resourceVersion)
      return sendStatus(response, 409, "Conflict", "the object has been modified");
    const written = { ...metadata, resourceVersion: next() };
    if (seen.verb === "delete") {
      const finalized = metadata.finalizers.length > 0;
      const deleted = {
        ...found,
        metadata: { ...found.metadata, ...written, deletionTimestamp: "2026-11-22T00:00:00Z" },
      };
      put(finalized ? deleted : undefined);
      return send(response, 200, deleted);
    }
    if (seen.subresource === "resize" && isReordered(Spec.parse(found["spec"]), Spec.parse(given.spec)))
      return sendStatus(response, 422, "Invalid", "containers may not be renamed or reordered on resize");
    const changed =
      seen.subresource === "resize"
        ? { ...found, spec: resized(Spec.parse(found["spec"]), Spec.parse(given.spec)) }
        : { ...found, ...given };
    const { finalizers } = Metadata.parse(changed.metadata);
    const object = { ...changed, metadata: { ...changed.metadata, ...written, finalizers } };
    if (seen.query.get("dryRun") !== "All")
      put(finalizers.length === 0 && metadata.deletionTimestamp !== undefined ? undefined : object);
    send(response, 200, object);
  };
}

function create(
  { namespace }: SeenRequest,
  given: KubernetesObject,
  all: readonly KubernetesObject[],
  resourceVersion: string,
  put: (object: KubernetesObject) => void,
  response: ServerResponse,
): void {
  const taken = all.some(
    ({ metadata }) => metadata.name === given.metadata.name && metadata.namespace === namespace,
  );
  if (taken) return sendStatus(response, 409, "AlreadyExists", `"${given.metadata.name}" already exists`);
  const object = {
    ...given,
    metadata: { ...given.metadata, namespace: namespace ?? "", uid: randomUUID(), resourceVersion },
  };
  put(object);
  send(response, 201, object);
}

/** Those that a patch names come first, in its order, unless it says where all of them stand. */
function isReordered(spec: z.output<typeof Spec>, patch: z.output<typeof Spec>): boolean {
  const names = spec.containers.map(({ name }) => name);
  const named = patch.containers.map(({ name }) => name);
  const order = patch["$setElementOrder/containers"]?.map(({ name }) => name) ?? [
    ...named,
    ...names.filter((name) => !named.includes(name)),
  ];
  return order.join() !== names.join();
}

/** Lists of containers are merged by name, and amounts one by one. */
function resized(spec: z.output<typeof Spec>, patch: z.output<typeof Spec>): object {
  return {
    ...spec,
    containers: spec.containers.map((container) => {
      const { requests, limits } =
        patch.containers.find(({ name }) => name === container.name)?.resources ?? {};
      const { resources } = container;
      return {
        ...container,
        resources: {
          ...resources,
          requests: { ...resources.requests, ...requests },
          ...(resources.limits || limits ? { limits: { ...resources.limits, ...limits } } : {}),
        },
      };
    }),
  };
}

const Metadata = z.object({
  uid: z.string(),
  resourceVersion: z.string(),
  finalizers: z.array(z.string()).default([]),
  deletionTimestamp: z.string().optional(),
});

const Precondition = z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() });
const Preconditions = z.object({
  metadata: Precondition.optional(),
  preconditions: Precondition.optional(),
});

const Amounts = z.record(z.string(), z.string()).optional();
const Spec = z.looseObject({
  "$setElementOrder/containers": z.array(z.object({ name: z.string() })).optional(),
  containers: z.array(
    z.looseObject({
      name: z.string(),
      resources: z.looseObject({ requests: Amounts, limits: Amounts }).default({}),
    }),
  ),
});
