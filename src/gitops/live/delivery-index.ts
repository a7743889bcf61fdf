import type { Delivery, DeliveryKind, TrackingSettings } from "../../domain/delivery.ts";
import type { ObjectId } from "../../domain/object-id.ts";
import type { Mark } from "./marks.ts";

/** A delivery, and whether it puts its objects into the cluster that is looked at. */
export interface PlacedDelivery {
  readonly delivery: Delivery;
  /** The cluster in which the tool runs. */
  readonly readIn: string;
  readonly placed: "here" | "elsewhere" | "unknown";
  /** How its Argo CD marks objects. */
  readonly tracking?: TrackingSettings | undefined;
}

/** What GitOps tools say that may keep objects of one cluster in sync. */
export interface ClusterDeliveries {
  readonly cluster: string;
  readonly deliveries: readonly PlacedDelivery[];
  /** Kinds of which there may be more. */
  readonly unseen: readonly DeliveryKind[];
}

/** Finds deliveries by what they made and by what they are called. */
export class DeliveryIndex {
  readonly cluster: string;
  /** Keys of labels that the Argo CDs use where they mark by label. */
  readonly instanceLabels: readonly string[];
  readonly #unseen: ReadonlySet<DeliveryKind>;
  readonly #byObject: ReadonlyMap<string, readonly PlacedDelivery[]>;
  readonly #byName: ReadonlyMap<string, readonly PlacedDelivery[]>;
  readonly #kinds: ReadonlySet<DeliveryKind>;

  constructor({ cluster, deliveries, unseen }: ClusterDeliveries) {
    this.cluster = cluster;
    this.instanceLabels = [
      ...new Set(
        deliveries.flatMap(({ tracking }) =>
          tracking && tracking.method !== "annotation" ? [tracking.labelKey] : [],
        ),
      ),
    ];
    this.#unseen = new Set(unseen);
    this.#kinds = new Set(deliveries.map(({ delivery }) => delivery.kind));
    const made = deliveries
      .filter(({ placed }) => placed !== "elsewhere")
      .flatMap((one) => (one.delivery.objects ?? []).map((object) => ({ key: objectKey(object), one })));
    this.#byObject = new Map(
      [...Map.groupBy(made, ({ key }) => key)].map(([key, found]) => [
        key,
        [...new Set(found.map(({ one }) => one))],
      ]),
    );
    this.#byName = Map.groupBy(deliveries, ({ delivery }) => nameKey(delivery.kind, delivery.name));
  }

  /** Those that list the object among what they made, and are not for another cluster. */
  listing(object: ObjectId): readonly PlacedDelivery[] {
    return this.#byObject.get(objectKey(object)) ?? [];
  }

  /** Those that a mark may mean, in all clusters. */
  meant(mark: Mark): readonly PlacedDelivery[] {
    return (this.#byName.get(nameKey(mark.kind, mark.name)) ?? []).filter(({ delivery }) =>
      isMeant(delivery, mark),
    );
  }

  /** Whether there may be more of a kind than was seen. */
  isUnseen(kind: DeliveryKind): boolean {
    return this.#unseen.has(kind);
  }

  /** Whether there is any of a kind. */
  hasAny(kind: DeliveryKind): boolean {
    return this.#kinds.has(kind);
  }
}

/** A mark without a namespace means the one of the Argo CD itself. */
export function isMeant(delivery: Delivery, { kind, namespace, name }: Mark): boolean {
  if (delivery.kind !== kind || delivery.name !== name) return false;
  return namespace === undefined
    ? delivery.namespace === (delivery.controllerNamespace ?? delivery.namespace)
    : delivery.namespace === namespace;
}

function objectKey({ group, kind, namespace, name }: ObjectId): string {
  return JSON.stringify([group, kind, namespace, name]);
}

function nameKey(kind: DeliveryKind, name: string): string {
  return `${kind}/${name}`;
}
