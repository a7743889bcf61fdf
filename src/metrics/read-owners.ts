import type { Window } from "../domain/duration.ts";
import type { OwnerLink, OwnerLinks } from "./owners.ts";
import { inNamespaces } from "./namespaces.ts";
import type { LastSample, SeriesSource } from "./series-source.ts";

/** Who controlled whom at any time of the window, from kube-state-metrics; in all namespaces where none is given. */
export async function readOwners(
  source: SeriesSource,
  namespaces: readonly string[],
  window: Window,
): Promise<OwnerLinks> {
  const read = async (metric: string, label: string): Promise<OwnerLink[]> => {
    const by = ["namespace", label, "owner_kind", "owner_name", "owner_is_controller"];
    const samples = await inNamespaces(namespaces, (matchers) =>
      source.last({ metric, matchers, window, by }),
    );
    return ownerLinks(samples, label);
  };
  const [pods, replicaSets, jobs] = await Promise.all([
    read("kube_pod_owner", "pod"),
    read("kube_replicaset_owner", "replicaset"),
    read("kube_job_owner", "job_name"),
  ]);
  return { pods, replicaSets, jobs };
}

/** What samples of `kube_…_owner` say; the label names what is owned. */
export function ownerLinks(samples: readonly LastSample[], label: string): OwnerLink[] {
  return samples
    .filter(({ labels }) => labels["owner_is_controller"] !== "false")
    .map(({ labels }) => ({
      namespace: labels["namespace"] ?? "",
      name: labels[label] ?? "",
      // Older releases write `<none>` for no owner.
      ownerKind: (labels["owner_kind"] ?? "").replace("<none>", ""),
      ownerName: labels["owner_name"] ?? "",
    }));
}
