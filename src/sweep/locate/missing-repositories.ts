import { deliveryKey } from "../../domain/delivery.ts";
import { totalRequests } from "../../domain/totals.ts";
import type { Located } from "./locate-containers.ts";

/** A repository from which workloads are delivered, and which is not read. */
export interface MissingRepository {
  /** Such as `github.com/acme/shop`. */
  readonly repository: string;
  /** What reads it, such as `Application/argocd/shop`. */
  readonly deliveries: readonly string[];
  /** Containers for which something is recommended. */
  readonly containers: number;
  /** By how much requests of all pods would change: cores and bytes, negative where less is asked for. */
  readonly cores: number;
  readonly bytes: number;
}

/** What would be gained where; the most containers first. */
export function missingRepositories(located: readonly Located[]): MissingRepository[] {
  const missing = located.flatMap((one) => {
    const repository = one.location.live?.missing;
    return repository === undefined ? [] : [{ ...one, repository }];
  });
  const found = [...Map.groupBy(missing, ({ repository }) => repository)].map(
    ([repository, own]): MissingRepository => {
      const advised = own.flatMap(({ container, workload: { replicas }, advice: { recommended } }) =>
        recommended ? [{ before: container.resources, after: recommended, replicas }] : [],
      );
      const total = (side: "before" | "after") =>
        totalRequests(advised.map((one) => ({ requests: one[side].requests, replicas: one.replicas })));
      const [before, after] = [total("before"), total("after")];
      const deliveries = own.flatMap(({ location: { live } }) => live?.delivery ?? []).map(deliveryKey);
      return {
        repository,
        deliveries: [...new Set(deliveries)].sort(),
        containers: advised.length,
        cores: after.cores - before.cores,
        bytes: after.bytes - before.bytes,
      };
    },
  );
  return found.toSorted((a, b) => b.containers - a.containers || (a.repository < b.repository ? -1 : 1));
}

/** As a warning: what installing the App there would bring. */
export function describeMissing({
  repository,
  deliveries,
  containers,
  cores,
  bytes,
}: MissingRepository): string {
  const shown =
    deliveries.slice(0, 3).join(", ") + (deliveries.length > 3 ? `, … (${deliveries.length})` : "");
  const amount = (value: number, unit: string): string =>
    `${value > 0 ? "+" : ""}${value.toFixed(1)} ${unit}`;
  const gain =
    containers === 0
      ? "nothing is recommended for it now"
      : `${containers} ${containers === 1 ? "container" : "containers"} could be right-sized there (requests ${amount(cores, "cores")}, ${amount(bytes / 2 ** 30, "GiB")})`;
  return `${repository} is not read, and ${shown} comes from it: ${gain}; install the App there, or name it with --repo`;
}
