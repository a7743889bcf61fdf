import type { DeliveryKind } from "../../domain/delivery.ts";
import type { ObjectId } from "../../domain/object-id.ts";
import type { Workload, WorkloadId } from "../../domain/workload.ts";

/** An object of a cluster with what GitOps tools wrote on it, or somebody who wants it to look so. */
export interface MarkedObject extends ObjectId {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export type MarkedWorkload = WorkloadId & Pick<Workload, "labels" | "annotations">;

/** What an object carries of a delivery. */
export interface Mark {
  /** Such as `annotation argocd.argoproj.io/tracking-id`. */
  readonly by: string;
  readonly kind: DeliveryKind;
  /** Absent where the mark names none: it is the namespace of the Argo CD. */
  readonly namespace?: string;
  readonly name: string;
  /** It names another object: the manifest was copied, with all that was on it. */
  readonly ofAnother?: string;
  /** Others than the tool write it, too. */
  readonly weak?: true;
}

const TRACKING_ID = "argocd.argoproj.io/tracking-id";
/** Names and namespaces have 253 characters at the most; an annotation may have a quarter of a million. */
const LONGEST = 1500;

/** The marks of an object, the strongest first; `instanceLabels` are the keys that the Argo CDs use. */
export function marksOf(object: MarkedObject, instanceLabels: readonly string[]): Mark[] {
  const { labels, annotations } = object;
  const argo = trackingId((annotations[TRACKING_ID] ?? "").slice(0, LONGEST));
  const flux = [
    fluxMark("HelmRelease", "helm.toolkit.fluxcd.io", labels),
    fluxMark("Kustomization", "kustomize.toolkit.fluxcd.io", labels),
  ];
  const instances = instanceLabels.flatMap((key): Mark[] => {
    const name = labels[key] ?? "";
    return name === "" ? [] : [{ by: `label ${key}`, kind: "Application", name, weak: true }];
  });
  return [...(argo ? [believed(argo, object)] : []), ...flux.flat(), ...instances];
}

interface TrackingId {
  readonly namespace?: string;
  readonly name: string;
  readonly object: string;
}

/** `shop:apps/Deployment:shop/api`, and `team-a_shop:…` of an Application outside of Argo CD's own namespace. */
function trackingId(text: string): TrackingId | undefined {
  const [, application = "", object = ""] = /^([^:]{1,507}):([^:]*\/[^:]+:[^/]*\/.+)$/.exec(text) ?? [];
  const [first = "", second] = application.split("_");
  if (first === "") return undefined;
  return second === undefined ? { name: first, object } : { namespace: first, name: second, object };
}

function believed({ object: named, ...who }: TrackingId, object: MarkedObject): Mark {
  const { group, kind, namespace, name } = object;
  const own = `${group}/${kind}:${namespace}/${name}` === named;
  return {
    by: `annotation ${TRACKING_ID}`,
    kind: "Application",
    ...who,
    ...(own ? {} : { ofAnother: named }),
  };
}

function fluxMark(kind: DeliveryKind, prefix: string, labels: MarkedObject["labels"]): Mark[] {
  const [name = "", namespace = ""] = [labels[`${prefix}/name`], labels[`${prefix}/namespace`]];
  return name === "" || namespace === "" ? [] : [{ by: `labels ${prefix}`, kind, namespace, name }];
}
