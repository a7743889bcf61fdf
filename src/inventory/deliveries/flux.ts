import { z } from "zod";
import type {
  DeliveredObject,
  DeliveredSource,
  Delivery,
  DeliveryCondition,
  HealthStatus,
  SyncStatus,
} from "../../domain/delivery.ts";
import { repositoryIdentity, withoutCredentials } from "../../domain/repository-identity.ts";
import { Flag, listOf, Message, Metadata, Name, part, Text } from "./shapes.ts";

/** What is known of the sources of Flux: its GitRepositories, by `namespace/name`. */
export type GitRepositories = ReadonlyMap<string, GitRepository>;

export interface GitRepository {
  readonly key: string;
  readonly source: Pick<DeliveredSource, "type" | "address" | "repository" | "targetRevision" | "pinned">;
  /** The commit that it has fetched. */
  readonly revision?: string | undefined;
}

export function readGitRepository(item: unknown): GitRepository | undefined {
  const { data } = Repository.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const { branch, tag, semver, commit, name } = spec.ref;
  const pinned =
    commit !== undefined
      ? "commit"
      : tag !== undefined || semver !== undefined || name?.startsWith("refs/tags/") === true
        ? "tag"
        : undefined;
  return {
    key: `${metadata.namespace}/${metadata.name}`,
    source: {
      type: "git",
      address: withoutCredentials(spec.url),
      repository: repositoryIdentity(spec.url),
      // The first of them that is set counts.
      targetRevision: commit ?? name?.replace(/^refs\/(?:heads|tags)\//, "") ?? semver ?? tag ?? branch,
      pinned,
    },
    revision: commitOf(status.artifact.revision),
  };
}

/** A Kustomization of Flux; `undefined` where it is malformed. */
export function readKustomization(item: unknown, repositories: GitRepositories): Delivery | undefined {
  const { data } = Kustomization.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const referred = referredBy(spec.sourceRef, metadata.namespace, repositories);
  const source: DeliveredSource = {
    ...(referred?.source ?? { type: spec.sourceRef.kind === "OCIRepository" ? "oci" : "other" }),
    path: folder(spec.path),
    recurse: true,
    overrides: KUSTOMIZATION_OVERRIDES.filter((key) => spec[key] !== undefined && spec[key] !== null),
    revision: commitOf(status.lastAttemptedRevision),
    deployedRevision: commitOf(status.lastAppliedRevision),
  };
  const behind = referred?.revision !== undefined && referred.revision !== source.deployedRevision;
  return {
    ...common(data, "Kustomization"),
    destination: { here: spec.kubeConfig === undefined, namespace: spec.targetNamespace },
    sources: [source],
    objects: inventoryOf(status.inventory),
    sync: syncOf(data, behind),
    automated: !spec.suspend,
    selfHeal: !spec.suspend,
    prune: spec.prune,
  };
}

/** What a Kustomization may lay over its folder. */
const KUSTOMIZATION_OVERRIDES = [
  "patches",
  "components",
  "postBuild",
  "targetNamespace",
  "namePrefix",
  "nameSuffix",
] as const;

/** A HelmRelease of Flux; `undefined` where it is malformed. */
export function readHelmRelease(item: unknown, repositories: GitRepositories): Delivery | undefined {
  const { data } = HelmRelease.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const { suspend, targetNamespace } = spec;
  return {
    ...common(data, "HelmRelease"),
    destination: { here: spec.kubeConfig === undefined, namespace: targetNamespace ?? metadata.namespace },
    release: spec.releaseName ?? [targetNamespace, metadata.name].filter(Boolean).join("-"),
    sources: [chartSource(data, repositories)],
    objects: inventoryOf(status.inventory),
    sync: syncOf(data, false),
    automated: !suspend,
    selfHeal: !suspend && spec.driftDetection.mode === "enabled",
    prune: true,
  };
}

function chartSource(
  { metadata, spec, status }: z.output<typeof HelmRelease>,
  repositories: GitRepositories,
): DeliveredSource {
  const version = status.history[0]?.chartVersion;
  const revisions = { revision: status.lastAttemptedRevision ?? version, deployedRevision: version };
  if (spec.chart === undefined)
    return { type: spec.chartRef?.kind === "OCIRepository" ? "oci" : "other", ...revisions };
  const { chart, version: targetRevision, sourceRef } = spec.chart.spec;
  const referred = referredBy(sourceRef, metadata.namespace, repositories);
  if (referred) return { ...referred.source, path: folder(chart), ...revisions };
  return { type: "helm", chart, targetRevision, pinned: "version", ...revisions };
}

type Common = Pick<z.output<typeof Kustomization>, "metadata"> & {
  readonly spec: { readonly suspend: boolean };
  readonly status: z.output<typeof Kustomization>["status"] | z.output<typeof HelmRelease>["status"];
};

function common({ metadata, spec, status }: Common, kind: "Kustomization" | "HelmRelease") {
  const { conditions } = status;
  const wrong = conditions.find(({ type, status: holds }) => type === "Ready" && holds !== "True");
  return {
    tool: "Flux" as const,
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    labels: metadata.labels,
    annotations: metadata.annotations,
    health: healthOf(conditions, spec.suspend),
    message: wrong?.message,
    conditions,
    deniedBy: [],
    ignoresResources: [],
    ignoresInline: [],
    respectsIgnored: false,
  };
}

function healthOf(conditions: readonly DeliveryCondition[], suspended: boolean): HealthStatus {
  if (suspended) return "Suspended";
  const told = new Set(
    conditions.filter(({ type }) => type === "Healthy" || type === "Ready").map(({ status }) => status),
  );
  if (told.has("False")) return "Degraded";
  if (told.has("Unknown")) return "Progressing";
  return told.has("True") ? "Healthy" : "Unknown";
}

function syncOf({ metadata, status }: Common, behind: boolean): SyncStatus {
  const ready = status.conditions.find(({ type }) => type === "Ready")?.status;
  const stale = metadata.generation !== undefined && status.observedGeneration !== metadata.generation;
  if (ready === undefined || ready === "Unknown" || stale) return "Unknown";
  return ready === "True" && !behind ? "Synced" : "OutOfSync";
}

function referredBy(
  { kind, name, namespace }: z.output<typeof SourceRef>,
  own: string,
  repositories: GitRepositories,
): GitRepository | undefined {
  return kind === "GitRepository" ? repositories.get(`${namespace ?? own}/${name}`) : undefined;
}

/** `./apps/` → `apps`. */
function folder(path = ""): string {
  return path.replaceAll(/^(?:\.?\/)+|\/+$/g, "").replace(/^\.$/, "");
}

/** `main@sha1:4f2e…` → `4f2e…`; what holds no digest is handed on. */
function commitOf(revision: string | undefined): string | undefined {
  return revision?.replace(/^.*\bsha(?:1|256):/, "");
}

/** `namespace_name_group_Kind`; in names a colon is two underscores. */
function inventoryOf(inventory: z.output<typeof Inventory>): DeliveredObject[] | undefined {
  return inventory?.entries.flatMap(({ id }): DeliveredObject[] => {
    const [namespace = "", ...rest] = id.split("_");
    const [kind, group] = [rest.pop(), rest.pop()];
    const name = rest.join("_").replaceAll("__", ":");
    return kind === undefined || group === undefined || name === "" ? [] : [{ group, kind, namespace, name }];
  });
}

const SourceRef = z.object({ kind: z.string(), name: Name, namespace: Name.optional().catch(undefined) });
const Conditions = listOf(
  z.object({ type: z.string().max(253), status: Text, reason: Text, message: Message }),
);
const Inventory = z
  .object({ entries: listOf(z.object({ id: z.string().max(1024) })) })
  .optional()
  .catch(undefined);
const Status = { conditions: Conditions, inventory: Inventory, lastAttemptedRevision: Text };
const Generation = z.int().optional().catch(undefined);

const Repository = z.object({
  metadata: z.object({ name: Name, namespace: Name }),
  spec: z.object({
    url: z.string().max(2048),
    ref: part({ branch: Text, tag: Text, semver: Text, commit: Text, name: Text }),
  }),
  status: part({ artifact: part({ revision: Text }) }),
});

const Kustomization = z.object({
  metadata: Metadata,
  spec: z.object({
    path: Text,
    sourceRef: SourceRef,
    targetNamespace: Text,
    patches: z.unknown().optional(),
    components: z.unknown().optional(),
    postBuild: z.unknown().optional(),
    namePrefix: Text,
    nameSuffix: Text,
    suspend: Flag,
    prune: Flag,
    kubeConfig: z.unknown().optional(),
  }),
  status: part({ ...Status, observedGeneration: Generation, lastAppliedRevision: Text }),
});

const HelmRelease = z.object({
  metadata: Metadata,
  spec: z.object({
    chart: z
      .object({ spec: z.object({ chart: z.string().max(2048), version: Text, sourceRef: SourceRef }) })
      .optional()
      .catch(undefined),
    chartRef: SourceRef.optional().catch(undefined),
    releaseName: Text,
    targetNamespace: Text,
    suspend: Flag,
    driftDetection: part({ mode: Text }),
    kubeConfig: z.unknown().optional(),
  }),
  status: part({
    ...Status,
    observedGeneration: Generation,
    history: listOf(part({ chartVersion: Text })),
  }),
});
