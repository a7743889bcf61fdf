import { type Delivery, DELIVERY_GROUPS } from "../domain/delivery.ts";
import { type ObjectId, sameObject } from "../domain/object-id.ts";
import type { ClusterDeliveries } from "../gitops/live/delivery-index.ts";

/** Nobody builds apps of apps so deep; a circle would have no end. */
const DEEPEST = 8;

/** What GitOps tools say of the objects of a cluster. */
export type DeliveriesOf = (cluster: string) => ClusterDeliveries | undefined;

/**
 * The deliveries by which a repository's files become an object of a cluster, the one that made the object first:
 * more than one where it is itself delivered, as a HelmRelease by a Kustomization. Empty where none is known, or
 * several lay claim to the same object.
 */
export function deliveryChain(
  object: ObjectId,
  cluster: string,
  repository: string,
  deliveriesOf: DeliveriesOf,
): readonly Delivery[] {
  const chain: Delivery[] = [];
  let reads = false;
  for (let next = { object, cluster }; chain.length < DEEPEST;) {
    const [made, ...others] = (deliveriesOf(next.cluster)?.deliveries ?? []).filter(
      ({ placed, delivery }) =>
        placed === "here" && delivery.objects?.some((one) => sameObject(one, next.object)),
    );
    if (!made || others.length > 0) return reads ? chain : [];
    const { delivery, readIn } = made;
    chain.push(delivery);
    const { kind, namespace, name } = delivery;
    reads ||= delivery.sources.some((source) => source.repository === repository);
    // A HelmRelease tells the version of its chart and no commit: what delivers it knows that.
    if (reads && kind !== "HelmRelease") return chain;
    next = { object: { group: DELIVERY_GROUPS[kind], kind, namespace, name }, cluster: readIn };
  }
  return reads ? chain : [];
}

/** Revisions of the repository that are in the cluster now, by the last of a chain. */
export function revisionsOf(chain: readonly Delivery[], repository: string): string[] {
  const outer = chain.at(-1);
  if (!outer) return [];
  const revisions = outer.sources
    .filter((source) => source.repository === repository)
    // What differs in nothing from the cluster needs no sync.
    .map(({ revision, deployedRevision }) =>
      outer.sync === "Synced" ? (revision ?? deployedRevision) : deployedRevision,
    );
  return [...new Set(revisions)].flatMap((one) => (one !== undefined && COMMIT.test(one) ? [one] : []));
}

const COMMIT = /^[0-9a-f]{40,64}$/;

/** `Application argocd/shop`. */
export function deliveryName({ kind, namespace, name }: Delivery): string {
  return `${kind} ${namespace}/${name}`;
}
