import type { ObjectId } from "./object-id.ts";

/** What a GitOps tool in a cluster says of one thing that it keeps in sync with a repository. */
export interface Delivery {
  readonly tool: "Argo CD" | "Flux";
  readonly kind: DeliveryKind;
  readonly namespace: string;
  readonly name: string;
  /** Of the Application, Kustomization or HelmRelease itself: it may be delivered like any other object. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** What generated it: an ApplicationSet. */
  readonly madeBy?: { readonly kind: string; readonly name: string } | undefined;
  /** The namespace of the Argo CD that keeps it, where it says so. */
  readonly controllerNamespace?: string | undefined;
  readonly project?: string | undefined;
  readonly destination: Destination;
  /** Of a HelmRelease: what Helm calls what it made. */
  readonly release?: string | undefined;
  /** In order; of a hydrated Application the dry source alone, which is what people edit. */
  readonly sources: readonly DeliveredSource[];
  /** Where a hydrator writes what it made of the dry source, and what is synced in its stead. */
  readonly hydrated?:
    | { readonly branch: string; readonly path: string; readonly revision?: string | undefined }
    | undefined;
  /** Left out where the tool does not tell, as a HelmRelease of older Flux. */
  readonly objects?: readonly DeliveredObject[] | undefined;
  readonly sync: SyncStatus;
  readonly health: HealthStatus;
  /** Why it is as it is, in the tool's words: the first of what is wrong. */
  readonly message?: string | undefined;
  readonly conditions: readonly DeliveryCondition[];
  /** The last, or the one under way. */
  readonly operation?: SyncOperation | undefined;
  /** Whether a new revision is applied without a person. */
  readonly automated: boolean;
  /** Whether what someone changed in the cluster is put back. */
  readonly selfHeal: boolean;
  readonly prune: boolean;
  /** Windows because of which nothing was synced by itself when it was read; without any, it may be. */
  readonly deniedBy: readonly SyncWindow[];
  /**
   * When, in Unix milliseconds, that changes: denied until then, or allowed until then. Absent where there are no windows,
   * or it can't be told.
   */
  readonly syncTurn?:
    | { readonly atMs: number; readonly timeZone: string }
    | { readonly never: true }
    | undefined;
  /** Differences that are ignored and reach the resources of containers. */
  readonly ignoresResources: readonly IgnoredDifference[];
  /** The same where it delivers Applications: those that reach what these set inline. */
  readonly ignoresInline: readonly IgnoredDifference[];
  /** Ignored differences are kept in the cluster when syncing, too (`RespectIgnoreDifferences`). */
  readonly respectsIgnored: boolean;
}

export type DeliveryKind = "Application" | "Kustomization" | "HelmRelease";

/** `here` is the cluster in which the tool runs; any other is called as the tool calls it. */
export interface Destination {
  readonly here: boolean;
  readonly server?: string | undefined;
  readonly name?: string | undefined;
  /** For objects that name none. */
  readonly namespace?: string | undefined;
}

export interface DeliveredSource {
  readonly type: "git" | "helm" | "oci" | "other";
  /** As the tool has it, without credentials; unknown where it is written in an object that is not read. */
  readonly address?: string | undefined;
  /** Equal for every way to write the address, see `repositoryIdentity`. */
  readonly repository?: string | undefined;
  /** A folder of the repository; empty for its root. */
  readonly path?: string | undefined;
  readonly chart?: string | undefined;
  /** What is followed, as it is written: a branch, a tag, a commit, a version; absent for the default branch. */
  readonly targetRevision?: string | undefined;
  /** Set where `targetRevision` is known to be no branch: what is merged into one does not arrive. */
  readonly pinned?: "tag" | "commit" | "version" | undefined;
  /** How other sources refer to its files. */
  readonly ref?: string | undefined;
  /** Of an Application: the source as it lives in the cluster. It may hold secrets: none of it is shown but its keys. */
  readonly written?: Readonly<Record<string, unknown>> | undefined;
  /** What is laid over what the folder says, such as `helm.parameters`: it is written in the delivery itself. */
  readonly overrides?: readonly string[] | undefined;
  /** Manifests in folders below are taken, too. */
  readonly recurse?: true | undefined;
  /** Values files beside the chart's own, as they are written. */
  readonly valueFiles?: readonly string[] | undefined;
  /** With which it makes objects: a tool of Argo CD such as `Helm` or `Plugin`. */
  readonly renderer?: string | undefined;
  /** The newest revision that was compared with the cluster: a commit, or the version of a chart. */
  readonly revision?: string | undefined;
  /** The revision that was applied last. */
  readonly deployedRevision?: string | undefined;
}

/** An object that a delivery made, or wants to make. */
export interface DeliveredObject extends ObjectId {
  readonly sync?: SyncStatus | undefined;
  readonly health?: HealthStatus | undefined;
  readonly message?: string | undefined;
  /** It lives, but the sources no longer make it: pruning would delete it. */
  readonly orphaned?: true | undefined;
}

/** Of Flux, `Synced` is: the last attempt at the newest revision that its source has succeeded. */
export type SyncStatus = "Synced" | "OutOfSync" | "Unknown";

/** Of Flux, it follows from the conditions `Healthy` and `Ready`. */
export type HealthStatus = "Healthy" | "Progressing" | "Degraded" | "Suspended" | "Missing" | "Unknown";

export interface DeliveryCondition {
  readonly type: string;
  /** Argo CD has none: what it lists holds. */
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export interface SyncOperation {
  readonly phase: "Running" | "Succeeded" | "Failed" | "Error" | "Terminating";
  readonly message?: string | undefined;
  readonly startedAtMs?: number | undefined;
  readonly finishedAtMs?: number | undefined;
  /** In the order of the sources. */
  readonly revisions: readonly string[];
}

export interface SyncWindow {
  readonly kind: "allow" | "deny";
  /** A cron expression: when it begins. */
  readonly schedule: string;
  readonly durationSeconds: number;
  readonly timeZone: string;
  /** Whether people may sync nevertheless. */
  readonly manualSync: boolean;
}

/** Which objects (all where undefined), and by what of them. */
export interface IgnoredDifference {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** The pointer or expression that reaches resources, or the managers whose fields are ignored. */
  readonly by: string;
  /** Fields are ignored only where these managers own them. */
  readonly managers?: readonly string[] | undefined;
}

/** How an Argo CD marks the objects that are its own. */
export interface TrackingSettings {
  /** Of the Argo CD. */
  readonly namespace: string;
  /** Absent where nothing is set: from 3.0 on it is the annotation, before it was the label. */
  readonly method?: "annotation" | "label" | "annotation+label" | undefined;
  readonly labelKey: string;
  readonly installationId?: string | undefined;
}

/** `Application/argocd/shop`: how a delivery is named in texts and keys. */
export function deliveryKey({
  kind,
  namespace,
  name,
}: Pick<Delivery, "kind" | "namespace" | "name">): string {
  return `${kind}/${namespace}/${name}`;
}

/** The API group of each kind. */
export const DELIVERY_GROUPS: Readonly<Record<DeliveryKind, string>> = {
  Application: "argoproj.io",
  Kustomization: "kustomize.toolkit.fluxcd.io",
  HelmRelease: "helm.toolkit.fluxcd.io",
};
