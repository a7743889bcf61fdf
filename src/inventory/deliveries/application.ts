import { z } from "zod";
import type {
  DeliveredObject,
  DeliveredSource,
  Delivery,
  SyncOperation,
  SyncStatus,
} from "../../domain/delivery.ts";
import { writtenFolder, repositoryIdentity, withoutCredentials } from "../../domain/repository-identity.ts";
import { IgnoreRule, ignoredInline, ignoredResources } from "./ignored-differences.ts";
import { Flag, listOf, Message, Metadata, Name, part, Text, Time } from "./shapes.ts";

/** An Application of Argo CD, before it is known what its project and its Argo CD say; `undefined` where it is malformed. */
export function readApplication(item: unknown): Delivery | undefined {
  const { data } = Application.safeParse(item);
  if (data === undefined) return undefined;
  const { metadata, spec, status } = data;
  const { destination, syncPolicy } = spec;
  const owner = metadata.ownerReferences.find(({ kind }) => kind === "ApplicationSet");
  const { automated } = syncPolicy;
  const acts = automated !== undefined && automated.enabled;
  const wrong = status.conditions.find(({ type }) => type.endsWith("Error")) ?? status.conditions[0];
  const { hydrated, sources } = sourcesOf(data);
  return {
    tool: "Argo CD",
    kind: "Application",
    namespace: metadata.namespace,
    name: metadata.name,
    labels: metadata.labels,
    annotations: metadata.annotations,
    madeBy: owner && { kind: owner.kind, name: owner.name },
    controllerNamespace: status.controllerNamespace,
    project: spec.project,
    destination: {
      here:
        destination.server === IN_CLUSTER ||
        (destination.server === undefined && destination.name === "in-cluster"),
      server: destination.server,
      name: destination.name,
      namespace: destination.namespace,
    },
    sources,
    hydrated,
    objects: status.resources.map(objectOf),
    sync: status.sync.status,
    health: status.health.status,
    message:
      wrong?.message ??
      (failed(status.operationState) ? status.operationState?.message : undefined) ??
      status.health.message,
    conditions: status.conditions.map(({ type, message }) => ({ type, message })),
    operation: operationOf(status.operationState),
    automated: acts,
    selfHeal: acts && automated.selfHeal,
    prune: acts && automated.prune,
    deniedBy: [],
    ignoresResources: ignoredResources(spec.ignoreDifferences),
    ignoresInline: ignoredInline(spec.ignoreDifferences),
    respectsIgnored: syncPolicy.syncOptions.includes("RespectIgnoreDifferences=true"),
  };
}

const IN_CLUSTER = "https://kubernetes.default.svc";

type Parsed = z.output<typeof Application>;
type ParsedSource = z.output<typeof Source>;

function sourcesOf({ spec, status }: Parsed): Pick<Delivery, "sources" | "hydrated"> {
  const { source, sources, sourceHydrator } = spec;
  const { sync, history } = status;
  const compared = sync.revisions.length > 0 ? sync.revisions : [sync.revision];
  const last = history.at(-1);
  const applied = last && last.revisions.length > 0 ? last.revisions : [last?.revision];
  if (sourceHydrator) {
    const { drySource, syncSource } = sourceHydrator;
    const { drySHA, hydratedSHA } = status.sourceHydrator.lastSuccessfulOperation;
    const dry = (revision: string | undefined): string | undefined =>
      revision !== undefined && revision === hydratedSHA ? drySHA : undefined;
    return {
      sources: [
        { ...sourceOf(drySource, undefined), revision: dry(compared[0]), deployedRevision: dry(applied[0]) },
      ],
      hydrated: { branch: syncSource.targetBranch, path: syncSource.path, revision: compared[0] },
    };
  }
  const all = sources.length > 0 ? sources : source ? [source] : [];
  const tools = status.sourceTypes.length > 0 ? status.sourceTypes : [status.sourceType];
  return {
    sources: all.map((one, index) => ({
      ...sourceOf(one, tools[index]),
      revision: compared[index],
      deployedRevision: applied[index],
    })),
  };
}

function sourceOf(source: ParsedSource, told: string | undefined): DeliveredSource {
  const { repoURL, path, chart, targetRevision, ref } = source;
  const plugin = source.plugin !== undefined && source.plugin !== null;
  const renderer = plugin ? "Plugin" : (told ?? (source.helm ? "Helm" : undefined));
  const type = chart === undefined ? (repoURL.startsWith("oci://") ? "oci" : "git") : "helm";
  return {
    type,
    address: withoutCredentials(repoURL),
    repository: repositoryIdentity(repoURL),
    path: type === "git" ? writtenFolder(path ?? "") : path,
    chart,
    targetRevision: targetRevision === "HEAD" ? undefined : targetRevision,
    pinned: pinnedTo(type, targetRevision),
    ref,
    overrides: overridesOf(source),
    recurse: source.directory?.["recurse"] === true ? true : undefined,
    valueFiles: Strings.parse(source.helm?.["valueFiles"]),
    renderer,
    written: source,
  };
}

/** What an Application may say of a source, and the folder does not show. */
const OVERRIDES = {
  helm: ["parameters", "fileParameters", "values", "valuesObject", "namespace"],
  kustomize: ["patches", "components", "namePrefix", "nameSuffix", "namespace"],
  directory: ["include", "exclude", "jsonnet"],
} as const;

function overridesOf(source: ParsedSource): string[] {
  return (["helm", "kustomize", "directory"] as const).flatMap((tool) =>
    OVERRIDES[tool].filter((option) => isSet(source[tool]?.[option])).map((option) => `${tool}.${option}`),
  );
}

function isSet(value: unknown): boolean {
  return ![undefined, "null", "false", '""', "[]", "{}"].includes(JSON.stringify(value));
}

/** By its looks, as there is no repository at hand: a commit, a version or a range of versions, which picks a tag. */
function pinnedTo(type: DeliveredSource["type"], revision = ""): DeliveredSource["pinned"] {
  if (type !== "git") return "version";
  if (/^[0-9a-f]{40}$/i.test(revision)) return "commit";
  return /^(?:refs\/tags\/.*|[<>=^~!].*|v?\d+\.[\dx*][\w.*+-]*|\*)$/i.test(revision) ? "tag" : undefined;
}

function objectOf({
  group,
  kind,
  namespace,
  name,
  status,
  health,
  requiresPruning,
}: z.output<typeof Resource>): DeliveredObject {
  const orphaned = requiresPruning ? true : undefined;
  return {
    group,
    kind,
    namespace,
    name,
    sync: status,
    health: health?.status,
    message: health?.message,
    orphaned,
  };
}

function operationOf(state: Parsed["status"]["operationState"]): SyncOperation | undefined {
  if (state === undefined) return undefined;
  const { phase, message, startedAt, finishedAt, syncResult } = state;
  const revisions = syncResult.revisions.length > 0 ? syncResult.revisions : [syncResult.revision ?? ""];
  return { phase, message, startedAtMs: startedAt, finishedAtMs: finishedAt, revisions };
}

function failed(state: Parsed["status"]["operationState"]): boolean {
  return state?.phase === "Failed" || state?.phase === "Error";
}

const Strings = listOf(z.string().max(2048));
const Options = z.record(z.string(), z.unknown()).optional().catch(undefined);

const Source = z.looseObject({
  repoURL: z.string().max(2048),
  path: Text,
  chart: Text,
  targetRevision: Text,
  ref: Text,
  helm: Options,
  kustomize: Options,
  directory: Options,
  plugin: z.unknown().optional(),
});

const Sync: z.ZodType<SyncStatus> = z.enum(["Synced", "OutOfSync", "Unknown"]).catch("Unknown");
const Health = z
  .enum(["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"])
  .catch("Unknown");

const Resource = z.object({
  group: z.string().max(253).catch(""),
  kind: z.string().regex(/^[A-Za-z0-9]{1,63}$/),
  namespace: z.string().max(253).catch(""),
  name: z.string().min(1).max(253),
  status: Sync.optional(),
  health: z.object({ status: Health, message: Message }).optional().catch(undefined),
  requiresPruning: Flag,
});

const Application = z.object({
  metadata: Metadata,
  spec: part({
    project: Text,
    destination: part({ server: Text, name: Text, namespace: Text }),
    source: Source.optional().catch(undefined),
    sources: listOf(Source),
    sourceHydrator: z
      .object({
        drySource: Source,
        syncSource: z.object({ targetBranch: z.string().max(2048), path: z.string().max(2048) }),
      })
      .optional()
      .catch(undefined),
    syncPolicy: part({
      automated: z
        .object({ prune: Flag, selfHeal: Flag, enabled: z.boolean().catch(true) })
        .optional()
        .catch(undefined),
      syncOptions: listOf(z.string()),
    }),
    ignoreDifferences: listOf(IgnoreRule),
  }),
  status: part({
    controllerNamespace: Name.optional().catch(undefined),
    resources: listOf(Resource),
    sync: part({ status: Sync, revision: Text, revisions: Strings }),
    health: part({ status: Health, message: Message }),
    history: listOf(part({ revision: Text, revisions: Strings })),
    conditions: listOf(z.object({ type: z.string().max(253), message: Message })),
    sourceType: Text,
    sourceTypes: Strings,
    sourceHydrator: part({ lastSuccessfulOperation: part({ drySHA: Text, hydratedSHA: Text }) }),
    operationState: z
      .object({
        phase: z.enum(["Running", "Succeeded", "Failed", "Error", "Terminating"]),
        message: Message,
        startedAt: Time,
        finishedAt: Time,
        syncResult: part({ revision: Text, revisions: Strings }),
      })
      .optional()
      .catch(undefined),
  }),
});
