import { z } from "zod";
import { deliverySchema, effectSchema, reportDelivery, reportEffects } from "./live-report.ts";
import { changedFields } from "../domain/resources.ts";
import { describeReason } from "../domain/reason.ts";
import { anyPlace, placeOf } from "../gitops/scan.ts";
import { formatPlace } from "../gitops/trace/place.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { type Proposal, unifiedDiff } from "../proposals/proposal.ts";

const quantity = z.string().describe("A Kubernetes quantity.");
const amounts = z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() });
export const resourcesSchema = z.strictObject({ requests: amounts, limits: amounts });

const containerSchema = z.strictObject({
  cluster: z.string(),
  namespace: z.string(),
  kind: z.string(),
  workload: z.string(),
  container: z.string(),
  init: z.boolean().describe("An init container, native sidecars included."),
  replicas: z.int().nullable(),
  current: resourcesSchema.describe("As the cluster has them."),
  recommended: resourcesSchema
    .nullable()
    .describe("As they should be, unchanged numbers included; null where nothing is recommended."),
  held: z.array(
    z.strictObject({ resource: z.enum(["cpu", "memory"]), reason: z.string(), message: z.string() }),
  ),
  because: z
    .array(z.strictObject({ resource: z.enum(["cpu", "memory"]), sentence: z.string() }))
    .describe("What decided, for each resource that changes."),
  guarded: z
    .array(z.strictObject({ resource: z.enum(["cpu", "memory"]), reason: z.string(), message: z.string() }))
    .describe("Guards that decided over what use alone would ask."),
  urgent: z
    .array(z.strictObject({ resource: z.enum(["cpu", "memory"]), reason: z.string(), message: z.string() }))
    .describe("Why something is raised without delay."),
  confidence: z.number().min(0).max(1).describe("How likely the advice holds for a week."),
  confidenceLevel: z.enum(["low", "medium", "high"]),
  policy: z
    .strictObject({ name: z.string(), because: z.string() })
    .describe("Which policy decided, and why that one."),
  source: z.strictObject({
    status: z.enum(["proven", "probable", "ambiguous", "refused", "unmapped"]),
    reason: z.string().nullable().describe("A stable code."),
    message: z.string().nullable(),
    repository: z.string().nullable(),
    file: z.string().nullable(),
    line: z.int().nullable(),
    keyPath: z.string().nullable(),
    layer: z.string().nullable(),
    feeds: z
      .array(z.string())
      .describe("Every container that the field feeds: recipe Kind/namespace/name container."),
    delivery: deliverySchema
      .nullable()
      .describe("What keeps the workload in sync, where the cluster tells; null elsewhere."),
    effects: z.array(effectSchema).describe("What merging would not do, would undo, or would do later."),
  }),
});

export const planReportSchema = z
  .strictObject({
    version: z.literal(1),
    cluster: z.string(),
    window: z.strictObject({ start: z.iso.datetime(), end: z.iso.datetime() }),
    containers: z.array(containerSchema),
    proposals: z.array(
      z.strictObject({
        title: z.string(),
        repository: z.string(),
        files: z.array(z.strictObject({ path: z.string(), diff: z.string() })),
        containers: z.array(z.string()).describe("Kind/namespace/name container."),
      }),
    ),
    missingRepositories: z
      .array(
        z.strictObject({
          repository: z.string().describe("Such as github.com/acme/shop."),
          deliveries: z.array(z.string()).describe("What reads it, such as Application/argocd/shop."),
          containers: z.int().describe("For which something is recommended."),
          cores: z.number().describe("By how much requests of all pods would change."),
          bytes: z.number(),
        }),
      )
      .describe("From where workloads are delivered, and which are not read."),
    warnings: z.array(z.string()),
    stats: z.strictObject({
      metricsProtocol: z.string().describe("How usage was read, such as `remote read`."),
      metricsRequests: z.int(),
      metricsBytes: z.int(),
      renders: z.int(),
      seconds: z.number(),
    }),
  })
  .describe("What `loadline plan --format json` prints.");

export type PlanReport = z.infer<typeof planReportSchema>;
export type ReportedContainer = PlanReport["containers"][number];

export function reportContainer(planned: PlannedContainer): ReportedContainer {
  const { source } = planned;
  const [first] = changedFields(planned.current, planned.recommended ?? planned.current);
  const place = source.at && ((first && placeOf(source.at, first)) ?? anyPlace(source.at));
  return {
    cluster: planned.cluster,
    namespace: planned.workload.namespace,
    kind: planned.workload.kind,
    workload: planned.workload.name,
    container: planned.container,
    init: planned.role !== "main",
    replicas: planned.replicas ?? null,
    current: planned.current,
    recommended: planned.recommended,
    held: planned.held.map(reported),
    because: [...planned.because],
    guarded: planned.guarded.map(reported),
    urgent: planned.urgent.map(reported),
    confidence: planned.confidence,
    confidenceLevel: planned.confidenceLevel,
    policy: { name: planned.policy.name, because: planned.policy.because },
    source: {
      status: source.status,
      reason: source.reason?.code ?? null,
      message: source.reason ? describeReason(source.reason) : null,
      repository: source.at?.repository ?? null,
      file: place?.file ?? null,
      line: place?.line ?? null,
      keyPath: place ? formatPlace(place) : null,
      layer: place?.layer ?? null,
      feeds: (place?.feeds ?? []).map(
        ({ recipe, workload, container }) => `${recipe} ${workload} ${container}`,
      ),
      delivery: reportDelivery(source.live),
      effects: reportEffects(source.live),
    },
  };
}

function reported({ resource, code, message }: PlannedContainer["held"][number]) {
  return { resource, reason: code, message };
}

export function reportProposal(proposal: Proposal): PlanReport["proposals"][number] {
  return {
    title: proposal.title,
    repository: proposal.repository,
    files: proposal.files.map((file) => ({ path: file.path, diff: unifiedDiff(file) })),
    containers: proposal.containers.map(
      ({ workload, container }) => `${workload.kind}/${workload.namespace}/${workload.name} ${container}`,
    ),
  };
}
