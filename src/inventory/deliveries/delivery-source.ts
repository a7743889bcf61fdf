import type { Delivery, TrackingSettings } from "../../domain/delivery.ts";

/** What the GitOps tools of a cluster say, at one moment. */
export interface Deliveries {
  /** The address (scheme, host, port) of the API in which they were read. */
  readonly server: string;
  readonly deliveries: readonly Delivery[];
  /** Of each Argo CD whose Applications were seen. */
  readonly tracking: readonly TrackingSettings[];
  /** Kinds that could not be listed everywhere: there may be more than `deliveries` holds. */
  readonly unseen: readonly Delivery["kind"][];
  /** What could not be seen, or makes no sense, and what that costs. */
  readonly warnings: readonly string[];
}

/** Where it is read what GitOps tools say: the API of the cluster in which they run. */
export interface DeliverySource {
  deliveries(): Promise<Deliveries>;
}
