import { describe, expect, it } from "vitest";
import type { Resources } from "../../src/domain/resources.ts";
import { changeTree, type TreeChange } from "../../src/gitops/change.ts";
import { scanPlain } from "../../src/gitops/plain.ts";
import { deployment, treeOf } from "./files.ts";

const WANTED: Resources = { requests: { cpu: "350m", memory: "384Mi" }, limits: {} };

async function change(
  files: Readonly<Record<string, string>>,
  wanted: (container: string) => Resources = () => WANTED,
): Promise<TreeChange> {
  const tree = treeOf(files);
  const { containers } = await scanPlain("acme/shop", tree);
  return await changeTree(
    tree,
    containers.map((at) => ({ at, wanted: wanted(at.container) })),
  );
}

describe("changing a tree", () => {
  it.each([
    ["", "{requests: {cpu: 350m, memory: 384Mi}}"],
    ["resources:", "block"],
    ["resources: null", "block"],
    ["resources: ~ # later", "block"],
    ["resources: {}", "block"],
    ["resources:\n    requests:", "block"],
    ["resources: {requests: null}", "flow"],
    ["resources: {requests: {cpu: 1, memory: 1Gi}}", "flow"],
  ])("proves the edit of a container with %j", async (resources) => {
    const before = deployment("api", `- name: app\n  ${resources}`);
    const { files, results } = await change({ "a.yaml": before });
    expect(results).toMatchObject([
      { status: "proven", proof: { changed: [{ after: "350m" }, { after: "384Mi" }] } },
    ]);
    const again = await change({ "a.yaml": files[0]?.after ?? "" });
    expect(again).toMatchObject({ files: [], results: [{ status: "unchanged" }] });
  });

  it("keeps the notation of the old number", async () => {
    const text = deployment("api", `- name: app\n  resources: {requests: {cpu: "0.5", memory: 384Mi}}`);
    const { files } = await change({ "a.yaml": text });
    expect(files[0]?.after).toBe(text.replace(`"0.5"`, `"0.35"`));
  });

  it("does not touch a number that is written otherwise but equal", async () => {
    const text = deployment("api", `- name: app\n  resources: {requests: {cpu: 0.350, memory: 402653184}}`);
    expect(await change({ "a.yaml": text })).toMatchObject({ files: [], results: [{ status: "unchanged" }] });
  });

  it("lets one container that can't be edited not hold back its neighbours", async () => {
    const container = (name: string, cpu: string): string =>
      `- name: ${name}\n  resources: {requests: {cpu: ${cpu}}}`;
    const list = ["100m", "'${CPU}'", "200m", "*shared", "300m"].map((cpu, index) =>
      container(`c${index}`, cpu),
    );
    const text = `${deployment("api", list.join("\n"))}# end\n`.replace(
      "metadata:",
      "x: &shared 1\nmetadata:",
    );
    const { files, results } = await change({ "a.yaml": text });
    expect(results.map(({ status }) => status)).toEqual(["proven", "refused", "proven", "refused", "proven"]);
    expect(results[1]).toMatchObject({ reason: { code: "templated-value", file: "a.yaml", line: 13 } });
    expect(files[0]?.after.match(/350m/g)).toHaveLength(3);
  });

  it("edits hundreds of containers of one file in seconds", async () => {
    const many = Array.from({ length: 500 }, (_, index) => `- name: c${index}`).join("\n");
    const { results } = await change({ "a.yaml": deployment("api", many) });
    expect(results.filter(({ status }) => status === "proven")).toHaveLength(500);
  }, 10_000);

  it("refuses a file that is no longer text, and goes on with others", async () => {
    const tree = treeOf({ "a.yaml": deployment("a"), "b.yaml": deployment("b") });
    const { containers } = await scanPlain("acme/shop", tree);
    const broken = treeOf({ "a.yaml": new Uint8Array([0xff]), "b.yaml": deployment("b") });
    const { files, results } = await changeTree(
      broken,
      containers.map((at) => ({ at, wanted: WANTED })),
    );
    expect(results).toMatchObject([{ reason: { code: "not-utf8", file: "a.yaml" } }, { status: "proven" }]);
    expect(files.map(({ path }) => path)).toEqual(["b.yaml"]);
  });
});
