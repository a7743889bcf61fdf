import type { Reason } from "../../domain/reason.ts";
import { changedFields } from "../../domain/resources.ts";
import type { Container } from "../../domain/workload.ts";
import { drift } from "../../gitops/drift.ts";
import type { Location, Locator } from "../../gitops/locate.ts";
import type { AdvisedContainer } from "../advise-cluster.ts";

export type Located = AdvisedContainer & { readonly location: Location };

/** Where each container is written; with what speaks against changing it there. */
export function locateContainers(
  advised: readonly AdvisedContainer[],
  locatorOf: (cluster: string) => Locator,
): Located[] {
  return [...Map.groupBy(advised, ({ cluster }) => cluster)].flatMap(([cluster, ofCluster]) => {
    const locator = locatorOf(cluster);
    return ofCluster.map((one): Located => {
      const location = locator.locate(one.workload, one.container);
      return { ...one, location: doubted(location, one) };
    });
  });
}

function doubted(location: Location, one: AdvisedContainer): Location {
  const { live } = location;
  const pointless = "at" in location ? whyPointless(location, one) : undefined;
  if (pointless) return { status: "refused", reason: pointless, ...(live ? { live } : {}) };
  return withDrift(location, one.container);
}

/** At most probable, where what lives is not what is declared. */
export function withDrift(location: Location, container: Container): Location {
  if (!("at" in location)) return location;
  const doubt = drift(location.at, container);
  return doubt ? { ...location, status: "probable", reason: doubt } : location;
}

/** Why merging any of what is recommended would have no effect. */
function whyPointless(
  { live }: Location,
  { container: { resources }, advice: { recommended } }: AdvisedContainer,
): Reason | undefined {
  const wanted = recommended ? changedFields(resources, recommended) : [];
  const effect = live?.effects?.find(
    ({ pointless, fields }) => pointless && wanted.some((field) => fields.includes(field)),
  );
  return effect && { code: effect.code, message: effect.message };
}
