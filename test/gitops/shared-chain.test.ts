import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Resources } from "../../src/domain/resources.ts";
import { changeRepository } from "../../src/gitops/change.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import { scanRepository } from "../../src/gitops/scan-repository.ts";
import { renderersForTests } from "../support/renderers.ts";
import { treeOf } from "./files.ts";

const renderers = await renderersForTests();
const LINKS = 8;
const wanted: Resources = { requests: { cpu: "200m", memory: "256Mi" }, limits: {} };

/** Of `c0` … `c8` each has the CPU request of one neighbour and the memory request of the other; the last can't be edited. */
function chart(): Readonly<Record<string, string>> {
  const value = (name: string, what: string) => `{{ .Values.${name}.resources.requests.${what} }}`;
  const container = (name: string, cpu: string, memory: string) =>
    `- name: ${name}\n        resources: {requests: {cpu: ${cpu}, memory: ${memory}}}`;
  const containers = Array.from({ length: LINKS + 1 }, (_, at) =>
    container(
      `c${at}`,
      value(`l${at + (at % 2)}`, "cpu"),
      at === LINKS ? "1Gi" : value(`l${at + 1 - (at % 2)}`, "memory"),
    ),
  );
  const names = Array.from({ length: LINKS + 2 }, (_, at) => `l${at}`);
  const values = [...names, "alone"].map(
    (name) => `${name}:\n  resources:\n    requests:\n      cpu: 100m\n      memory: 128Mi\n`,
  );
  return {
    "chart/Chart.yaml": "apiVersion: v2\nname: chain\nversion: 1.0.0\n",
    "chart/values.yaml": values.join(""),
    "chart/templates/api.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      containers:
      ${[...containers, container("alone", value("alone", "cpu"), value("alone", "memory"))].join("\n      ")}
`,
  };
}

describe.skipIf(!renderers)("containers of which each shares a line with the next", () => {
  it("are refused one after the other, and what shares none is edited", async () => {
    const renderer = await programRenderer({
      environment: { LOADLINE_HELM: renderers?.current.helm ?? "" },
      chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
    });
    const scan = await scanRepository("acme/shop", treeOf(chart()), { renderer, isOwn: () => true });
    const { results, files } = await changeRepository(
      scan,
      scan.containers.map((at) => ({ at, wanted })),
    );
    expect(
      results.flatMap(({ change: { at }, status }) => (status === "refused" ? [] : [[at.container, status]])),
    ).toEqual([["alone", "proven"]]);
    expect(files[0]?.after).toMatch(
      /alone:\n {2}resources:\n {4}requests:\n {6}cpu: 200m\n {6}memory: 256Mi\n$/,
    );
  });
});
