import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DEMO_REPOSITORY } from "../../demo/recorded-usage.ts";
import type { GeneratedUsage } from "../support/usage-generator.ts";

/** A repository with one application, which is rendered in no time. */
export async function onlyCatalog(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-catalog-"));
  await cp(path.join(DEMO_REPOSITORY, "apps/catalog"), path.join(folder, "apps/catalog"), {
    recursive: true,
  });
  return folder;
}

/** Two containers of one pod are killed after a time: the counter of restarts rises, and the reason is there. */
export function withKills(usage: GeneratedUsage, atMs: number): GeneratedUsage {
  const pod = /kube_pod_owner\{[^}]*pod="(catalog-[^"]+)"/g;
  return {
    ...usage,
    lines: () => {
      const lines = [...usage.lines()].filter((line) => line !== "# EOF");
      const name = [...lines.join("\n").matchAll(pod)].at(-1)?.[1] ?? "";
      const labels = `namespace="shop",pod="${name}",container="api"`;
      const times = Array.from({ length: 120 }, (_, minute) => Math.round(atMs / 1000) - 3600 + minute * 60);
      return [
        ...lines,
        "# TYPE kube_pod_container_status_restarts counter",
        ...times.map(
          (at, minute) =>
            `kube_pod_container_status_restarts_total{${labels}} ${minute < 70 ? 0 : minute < 80 ? 1 : 2} ${at}`,
        ),
        "# TYPE kube_pod_container_status_last_terminated_reason gauge",
        ...times
          .slice(70)
          .map(
            (at) => `kube_pod_container_status_last_terminated_reason{${labels},reason="OOMKilled"} 1 ${at}`,
          ),
        "# EOF",
      ];
    },
  };
}
