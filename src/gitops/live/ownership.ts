import { type Delivery, deliveryKey } from "../../domain/delivery.ts";
import { sameObject } from "../../domain/object-id.ts";
import { broken, type ChainLink, type Doubt, held, unknown } from "./chain.ts";
import { type DeliveryIndex, isMeant, type PlacedDelivery } from "./delivery-index.ts";
import { type Mark, type MarkedObject, marksOf } from "./marks.ts";

/** Which delivery keeps an object in sync, and what stands against that; `by` is absent where none is known. */
export interface Ownership {
  readonly by?: PlacedDelivery;
  readonly doubt?: Doubt;
  /** Empty where no tool speaks of the object. */
  readonly links: readonly ChainLink[];
}

const UNSPOKEN: Ownership = { links: [] };

/**
 * A mark alone is never believed, since manifests are copied and marks can be forged: the delivery that it names
 * has to list the object among what it made in this cluster.
 */
export function ownerOf(object: MarkedObject, index: DeliveryIndex): Ownership {
  const marks = marksOf(object, index.instanceLabels);
  const listing = index.listing(object);
  const here = listing.filter(({ placed }) => placed === "here");
  const [owner, ...others] = here;
  if (owner && others.length > 0) return severalOwners(here, marks);
  if (owner) return listedBy(owner, object, marks, index);
  const mark = marks.find(({ weak }) => !weak);
  if (mark?.ofAnother !== undefined) return copied(mark);
  if (mark) return markedOnly(mark, object, index);
  const [uncertain] = listing;
  return uncertain ? destinationUnknown(uncertain) : UNSPOKEN;
}

function severalOwners(here: readonly PlacedDelivery[], marks: readonly Mark[]): Ownership {
  const names = here.map(({ delivery }) => deliveryKey(delivery)).join(" and ");
  return refused(
    "several-owners",
    `${names} keep it both, and each undoes what the other syncs; take it out of one of them`,
    [...marksFound(marks), broken("delivery", `${names} both list it among what they made`)],
  );
}

function listedBy(
  owner: PlacedDelivery,
  object: MarkedObject,
  marks: readonly Mark[],
  index: DeliveryIndex,
): Ownership {
  const name = deliveryKey(owner.delivery);
  const links = [
    ...marksFound(marks),
    held("delivery", `${name} lists it among what it made${stateOf(owner.delivery)}`),
    held("destination", destinationText(owner)),
  ];
  const listed = owner.delivery.objects?.find((one) => sameObject(one, object));
  if (listed?.orphaned)
    return refused(
      "orphaned",
      `${name} made it, but its sources no longer have it: the next sync that prunes deletes it`,
      [...links, broken("recipe", "the sources of the delivery no longer make it")],
    );
  const fault = contradiction(owner, object, marks, index);
  if (fault) return { by: owner, doubt: fault, links: [...links, broken("mark", fault.reason.message)] };
  if (marks.some((mark) => mark.ofAnother === undefined && isMeant(owner.delivery, mark)))
    return { by: owner, links };
  const message = `${name} lists it, but it carries no mark of it: it is not synced yet, or kept by something else`;
  return {
    by: owner,
    doubt: { status: "probable", reason: { code: "unmarked", message } },
    links: [...links, unknown("mark", message)],
  };
}

/** What on the object speaks against the delivery that lists it. */
function contradiction(
  { delivery, tracking }: PlacedDelivery,
  { annotations }: MarkedObject,
  marks: readonly Mark[],
  index: DeliveryIndex,
): Doubt | undefined {
  const name = deliveryKey(delivery);
  const refuse = (code: string, message: string): Doubt => ({ status: "refused", reason: { code, message } });
  // An Argo CD that marks by label leaves annotations of earlier times as they are.
  const counts = (one: Mark): boolean => tracking?.method !== "label" || one.kind !== "Application";
  const mark = marks.find((one) => !one.weak && one.ofAnother === undefined && counts(one));
  if (mark && !marks.some((one) => isMeant(delivery, one))) {
    const other = shown(mark);
    return index.meant(mark).length > 0
      ? refuse(
          "owners-contradict",
          `${name} lists it, but its ${mark.by} names ${other}; sync ${name}, or take it out`,
        )
      : refuse(
          "renamed",
          `its ${mark.by} names ${other}, which is not there, and ${name} lists it: was it renamed? sync it once`,
        );
  }
  const copy = marks.find((one) => one.ofAnother !== undefined);
  if (copy && delivery.tool === "Argo CD" && counts(copy))
    return refuse(
      "copied-mark",
      `its ${copy.by} is that of ${copy.ofAnother}; sync ${name}, which then marks it`,
    );
  const installation = annotations["argocd.argoproj.io/installation-id"];
  if (
    installation !== undefined &&
    tracking &&
    tracking.installationId !== undefined &&
    tracking.installationId !== installation
  )
    return refuse(
      "other-installation",
      `it is marked as that of another Argo CD (installation ${installation}) than the one of ${name}`,
    );
  return undefined;
}

function copied({ by, ofAnother = "", ...mark }: Mark): Ownership {
  const message = `its ${by} is that of ${ofAnother}, so that its manifest was copied, and ${shown(mark)} does not keep it; remove the mark`;
  return refused("copied-mark", message, [broken("mark", message)]);
}

/** A mark that names a delivery which, as far as is known, does not list the object. */
function markedOnly(mark: Mark, object: MarkedObject, index: DeliveryIndex): Ownership {
  const claim = claimOf(mark);
  const found = held("mark", claim);
  const named = index.meant(mark);
  const here = named.find(({ placed }) => placed === "here");
  if (here && !here.delivery.objects) return withoutInventory(here, object, found);
  if (here) {
    const message = `${claim}, but that does not list it among what it made: a forged mark, or one that was left behind`;
    return refused("forged-mark", message, [found, broken("delivery", message)]);
  }
  const uncertain = named.find(({ placed }) => placed === "unknown");
  if (uncertain) return destinationUnknown(uncertain, found);
  const [elsewhere] = named;
  if (elsewhere) {
    const { server, name } = elsewhere.delivery.destination;
    const message = `${claim}, but that is for another cluster (${server ?? name ?? "not this one"}); if that is ${index.cluster}, name it in its destinations`;
    return refused("other-cluster", message, [found, broken("destination", message)]);
  }
  if (index.isUnseen(mark.kind)) {
    const message = `${shown(mark)} can't be seen: the permission to list ${mark.kind}s is missing (deploy/rbac.yaml)`;
    return probable("deliveries-unseen", message, [found, unknown("delivery", message)]);
  }
  if (!index.hasAny(mark.kind)) {
    const message = `${claim}, and no cluster that is read has any ${mark.kind}: the tool runs elsewhere`;
    return probable("tool-elsewhere", message, [found, unknown("delivery", message)]);
  }
  const message = `${claim}, which is not there: renamed, deleted, or forged`;
  return refused("no-such-delivery", message, [found, broken("delivery", message)]);
}

/** Older Flux tells no inventory of a release; Helm itself marks what it made. */
function withoutInventory(named: PlacedDelivery, { annotations }: MarkedObject, found: ChainLink): Ownership {
  const { delivery } = named;
  const name = deliveryKey(delivery);
  const place = held("destination", destinationText(named));
  const [release, namespace] = [
    annotations["meta.helm.sh/release-name"],
    annotations["meta.helm.sh/release-namespace"],
  ];
  if (release === delivery.release && namespace === delivery.destination.namespace && release !== undefined) {
    const checked = `${name} tells no inventory; Helm's own marks name its release ${release} in ${namespace}`;
    return { by: named, links: [found, held("delivery", checked), place] };
  }
  const message = `${name} tells no inventory, and Helm's own marks do not confirm it`;
  const doubt = { status: "probable" as const, reason: { code: "unlisted", message } };
  return { by: named, doubt, links: [found, unknown("delivery", message), place] };
}

function destinationUnknown(one: PlacedDelivery, ...found: readonly ChainLink[]): Ownership {
  const { server, name } = one.delivery.destination;
  const message = `${deliveryKey(one.delivery)} of ${one.readIn} is for ${server ?? name ?? "a cluster"}, and it is not known whether that is this one; name it in the cluster's destinations`;
  return {
    by: one,
    doubt: { status: "probable", reason: { code: "destination-unknown", message } },
    links: [...found, unknown("destination", message)],
  };
}

function marksFound(marks: readonly Mark[]): ChainLink[] {
  return marks
    .filter(({ ofAnother, weak }) => ofAnother === undefined && !weak)
    .map((mark) => held("mark", claimOf(mark)));
}

function claimOf(mark: Mark): string {
  return `its ${mark.by} names ${shown(mark)}`;
}

function stateOf({ sync, health }: Delivery): string {
  return ` (${sync}, ${health})`;
}

function destinationText({ delivery: { destination }, readIn }: PlacedDelivery): string {
  return destination.here
    ? "it is for the cluster in which it was read"
    : `it is for ${destination.server ?? destination.name ?? "this cluster"}, which is this cluster; read in ${readIn}`;
}

function shown({ kind, namespace, name }: Pick<Mark, "kind" | "namespace" | "name">): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind}/${namespace}/${name}`;
}

function refused(code: string, message: string, links: readonly ChainLink[]): Ownership {
  return { doubt: { status: "refused", reason: { code, message } }, links };
}

function probable(code: string, message: string, links: readonly ChainLink[]): Ownership {
  return { doubt: { status: "probable", reason: { code, message } }, links };
}
