import { describe, expect, it } from "vitest";
import type { Resources } from "../../src/domain/resources.ts";
import { changeRepository } from "../../src/gitops/change.ts";
import type { TreeChange } from "../../src/gitops/tree-change.ts";
import { application, deployment } from "./files.ts";
import { scanFiles } from "./scan-files.ts";

const WANTED: Resources = { requests: { cpu: "350m", memory: "384Mi" }, limits: {} };

async function change(
  files: Readonly<Record<string, string>>,
  wanted: (container: string) => Resources = () => WANTED,
): Promise<TreeChange> {
  const scan = await scanFiles(files);
  return await changeRepository(
    scan,
    scan.containers.map((at) => ({ at, wanted: wanted(at.container) })),
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
      {
        status: "proven",
        files: ["a.yaml"],
        proof: { rendered: true, changed: [{ after: "350m" }, { after: "384Mi" }] },
      },
    ]);
    const again = await change({ "a.yaml": files[0]?.after ?? "" });
    expect(again).toMatchObject({ files: [], results: [{ status: "unchanged" }] });
  });

  describe("where a limit is to go", () => {
    const wanted: Resources = { requests: { cpu: "350m" }, limits: { memory: "1Gi" } };

    it("takes its line away, and proves it", async () => {
      const before = deployment(
        "api",
        "- name: app\n  resources:\n    requests:\n      cpu: 1\n    limits:\n      cpu: 2\n      memory: 1Gi",
      );
      const { files, results } = await change({ "a.yaml": before }, () => wanted);
      expect(results).toMatchObject([
        {
          status: "proven",
          proof: {
            changed: [
              { resource: "requests.cpu", before: "1", after: "350m" },
              { resource: "limits.cpu", before: "2", after: undefined },
            ],
          },
        },
      ]);
      expect(files[0]?.after).toBe(before.replace("cpu: 1", "cpu: 350m").replace(/ +cpu: 2\n/, ""));
    });

    it("lets it go from a line that several share only where all of them want that", async () => {
      const limits = "resources: {requests: {cpu: 350m}, limits: {cpu: 2, memory: 1Gi}}";
      const text = deployment("api", `- name: app\n  ${limits}`);
      const scan = await scanFiles({
        "argocd/dev.yaml": application("dev", "apps", "shop-dev"),
        "argocd/prod.yaml": application("prod", "apps", "shop-prod"),
        "apps/api.yaml": text,
      });
      const changed = async (...all: Resources[]) =>
        await changeRepository(
          scan,
          scan.containers.map((at, index) => ({ at, wanted: all[index] ?? at.current })),
        );
      expect((await changed(wanted, wanted)).files).toMatchObject([
        { path: "apps/api.yaml", after: text.replace("cpu: 2, ", "") },
      ]);
      const more: Resources = { ...wanted, limits: { cpu: "3", memory: "1Gi" } };
      expect((await changed(wanted, more)).files).toMatchObject([
        { after: text.replace("cpu: 2", "cpu: 3") },
      ]);
    });
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

  describe("a line that feeds two clusters", () => {
    const cpu = (amount: string): Resources => ({ requests: { cpu: amount }, limits: {} });
    const twice = async () =>
      await scanFiles({
        "argocd/dev.yaml": application("dev", "apps", "shop-dev"),
        "argocd/prod.yaml": application("prod", "apps", "shop-prod"),
        "apps/api.yaml": deployment("api", "- name: app\n  resources: {requests: {cpu: 100m}}"),
      });

    it("is left alone where only one of them was asked for, and says whom it feeds", async () => {
      const scan = await twice();
      const { files, results } = await changeRepository(
        scan,
        scan.containers.slice(0, 1).map((at) => ({ at, wanted: cpu("350m") })),
      );
      expect(files).toEqual([]);
      expect(results).toMatchObject([
        {
          status: "refused",
          reason: {
            code: "feeds-others",
            file: "apps/api.yaml",
            line: 10,
            message: expect.stringContaining("Deployment/shop-prod/api app"),
          },
        },
      ]);
    });

    it("gets the larger of two amounts where both were asked for", async () => {
      const scan = await twice();
      const { files, results } = await changeRepository(
        scan,
        scan.containers.map((at, index) => ({ at, wanted: cpu(index === 0 ? "400m" : "350m") })),
      );
      expect(results).toMatchObject([
        { status: "proven", proof: { changed: [{ before: "100m", after: "400m" }] } },
        { status: "proven", proof: { changed: [{ before: "100m", after: "400m" }] } },
      ]);
      expect(files).toMatchObject([{ path: "apps/api.yaml", after: expect.stringContaining("{cpu: 400m}") }]);
    });
  });

  it("edits no file that says it is generated, and goes on with others", async () => {
    const numbers = "- name: app\n  resources: {requests: {cpu: 1, memory: 1Gi}}";
    const { files, results } = await change({
      "a.yaml": `# generated by kit, do not edit\n${deployment("a", numbers)}`,
      "b.yaml": deployment("b", numbers),
    });
    expect(files.map(({ path }) => path)).toEqual(["b.yaml"]);
    expect(results.at(-1)).toMatchObject({ status: "proven", files: ["b.yaml"] });
    for (const refused of results.slice(0, -1))
      expect(refused).toMatchObject({ status: "refused", reason: { code: "generated", file: "a.yaml" } });
  });
});
