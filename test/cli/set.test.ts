import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { setReportSchema, type SetReport } from "../../src/report/set-report.ts";
import { gitFolder } from "../support/git-folder.ts";
import { caseCopy, faultsBySchema, renderers, run, runIn } from "./fixture-case.ts";

const API = ["--workload", "Deployment//api", "--container", "api"];
const PROD = ["--source", "charts/api/values-prod.yaml"];

describe.skipIf(!renderers)("loadline set", () => {
  it("prints the diff of the line that sets the number, as git takes it, and writes nothing", async () => {
    await using copy = await caseCopy("helm-values-prod");
    const { out, err, code } = await set(copy.folder, ...API, ...PROD, "--requests", "cpu=700m");
    expect({ err, code }).toEqual({ err: "", code: 0 });
    expect(out).toContain("+++ b/charts/api/values-prod.yaml\n");
    expect(out).toContain("-    cpu: 1\n+    cpu: 700m\n");
    expect(await copy.changedLines()).toEqual({});
    await execa("git", ["apply", "-"], { cwd: copy.folder, input: out });
    expect(await copy.changedLines()).toEqual({ "charts/api/values-prod.yaml": { added: 1, removed: 1 } });
  });

  it("writes with --write, and has nothing to do the second time", async () => {
    await using copy = await caseCopy("kustomize-patch-chain");
    const asked = [
      "--workload",
      "Deployment/shop/api",
      "--container",
      "api",
      "--requests",
      "cpu=650m,memory=640Mi",
      "--limits",
      "memory=1Gi",
      "--write",
    ];
    expect((await set(copy.folder, ...asked)).code).toBe(0);
    const one = { added: 1, removed: 1 };
    expect(await copy.changedLines()).toEqual({
      "prod/one.yaml": one,
      "prod/three.yaml": one,
      "prod/two.yaml": one,
    });
    const { out, code } = await set(copy.folder, ...asked, "--format", "json");
    expect(code).toBe(0);
    expect(reportOf(out)).toMatchObject({ written: false, results: [{ status: "unchanged", edits: [] }] });
  });

  it("prints one object that its published schema describes, with each line and each number", async () => {
    const { out, code } = await runIn(
      "kustomize-patch-chain",
      "set",
      "--workload",
      "Deployment/shop/api",
      "--container",
      "api",
      "--requests",
      "cpu=650m",
      "--limits",
      "cpu=2",
      "--format",
      "json",
    );
    expect(code).toBe(0);
    expect(await faultsBySchema("set", out)).toBeNull();
    const { results } = reportOf(out);
    const number = { recipe: "kustomize:prod", workload: "Deployment/shop/api", container: "api" };
    expect(results).toEqual([
      {
        workload: "Deployment/shop/api",
        container: "api",
        recipe: "kustomize:prod",
        status: "proven",
        reason: null,
        message: null,
        edits: expect.arrayContaining([
          { file: "prod/three.yaml", line: 3, before: "  value: 700m", after: "  value: 650m" },
          expect.objectContaining({ before: null, after: expect.stringMatching(/cpu: "?2"?$/) }),
        ]),
        proof: {
          rendered: true,
          changed: [
            { ...number, resource: "requests.cpu", before: "700m", after: "650m" },
            { ...number, resource: "limits.cpu", before: null, after: "2" },
          ],
          unintended: [],
        },
      },
    ]);
  });

  describe("many at once", () => {
    const BOTH = [
      { workload: "Deployment//api", container: "api", requests: { cpu: "200m" } },
      { workload: "Deployment//api", container: "prepare", requests: { cpu: "100m" }, limits: {} },
    ];

    it("takes a line that containers share, where all of them are named, to the largest amount", async () => {
      await using copy = await caseCopy("helm-one-key-two-containers");
      const { out, code } = await from(copy.folder, BOTH, "--write", "--format", "json");
      expect(code).toBe(0);
      const report = reportOf(out);
      expect(report.results.map(({ proof }) => proof.changed.map(({ after }) => after))).toEqual([
        ["200m"],
        ["200m"],
      ]);
      const line = {
        file: "charts/api/values.yaml",
        line: 4,
        before: "    cpu: 250m",
        after: "    cpu: 200m",
      };
      expect(report.results.map(({ edits }) => edits)).toEqual([[line], [line]]);
      expect(report.stats.renders).toBeLessThanOrEqual(4);
      expect(await copy.changedLines()).toEqual({ "charts/api/values.yaml": { added: 1, removed: 1 } });
    });

    it("reads the changes from standard input", async () => {
      await using copy = await caseCopy("helm-one-key-two-containers");
      const { LOADLINE_HELM = "", LOADLINE_KUBECTL = "" } = renderers
        ? { LOADLINE_HELM: renderers.current.helm, LOADLINE_KUBECTL: renderers.current.kubectl }
        : {};
      const { stdout } = await execa(
        process.execPath,
        ["src/main.ts", "set", "--repo", copy.folder, "--from", "-"],
        { input: JSON.stringify(BOTH), env: { LOADLINE_HELM, LOADLINE_KUBECTL } },
      );
      expect(stdout).toContain("+    cpu: 200m");
    });

    it("writes nothing where one of them is refused, says so, and writes the rest with --partial", async () => {
      await using copy = await caseCopy("helm-computed");
      const asked = [
        { workload: "Deployment//api", container: "api", requests: { cpu: "300m" } },
        { workload: "Deployment//api", container: "proxy", requests: { cpu: "10m" } },
        { workload: "Deployment//apj", container: "proxy", requests: { cpu: "10m" } },
      ];
      const refused = await from(copy.folder, asked, "--write");
      expect(refused.code).toBe(2);
      expect(refused.err.trimEnd().split("\n")).toEqual([
        expect.stringMatching(
          /^loadline: refused: Deployment\/\/api proxy: .*stands in the template itself$/,
        ),
        "loadline: unmapped: Deployment//apj proxy: no recipe renders Deployment//apj; there is Deployment//api",
        "loadline: nothing was written, for 2 of 3 changes can't be made; --partial writes what is proven anyway",
      ]);
      expect(refused.out).toContain("+cpu: 300m");
      expect(await copy.changedLines()).toEqual({});
      const partial = await from(copy.folder, asked, "--write", "--partial");
      expect(partial.code).toBe(2);
      expect(partial.err).not.toContain("nothing was written");
      expect(await copy.changedLines()).toEqual({ "charts/api/values.yaml": { added: 1, removed: 1 } });
    });

    it("takes several changes of one container as one, and refuses those that contradict", async () => {
      const one = (requests: object): object => ({
        workload: "Deployment/shop/api",
        container: "api",
        requests,
      });
      await using copy = await caseCopy("kustomize-patch-chain");
      const { out } = await from(
        copy.folder,
        [one({ cpu: "1" }), one({ memory: "1Gi" }), one({ cpu: "1000m" })],
        "--format",
        "json",
      );
      const { results } = reportOf(out);
      expect(results.map(({ status }) => status)).toEqual(["proven", "proven", "proven"]);
      const { err } = await from(copy.folder, [one({ cpu: "1" }), one({ cpu: "2" })]);
      expect(err).toContain("requests.cpu is asked to be 1 and 2 at once");
    });

    it("keeps a shared line from going above the limit of one who shares it", async () => {
      const container = (name: string): string => `{name: ${name}, resources: {requests: {cpu: 100m}}}`;
      await using repository = await gitFolder({
        files: {
          "chart/Chart.yaml": "apiVersion: v2\nname: api\nversion: 1.0.0\n",
          "chart/values.yaml": "cpuRequest: 100m\n",
          "chart/templates/a.yaml": `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: [${[
            container("a"),
            container("b").replace("}}}", "}, limits: {cpu: 200m}}}"),
          ]
            .join(", ")
            .replaceAll("cpu: 100m", "cpu: {{ .Values.cpuRequest | quote }}")}]}}}\n`,
        },
      });
      const asked = ["a", "b"].map((name, index) => ({
        workload: "Deployment//api",
        container: name,
        requests: { cpu: index === 0 ? "300m" : "150m" },
      }));
      const { err, code } = await from(repository.folder, asked);
      expect(code).toBe(2);
      expect(err).toContain("refused: Deployment//api b: the cpu request 300m would be above the limit 200m");
      expect(err).toContain("refused: Deployment//api a: chart/values.yaml:1: the line also feeds");
    });
  });

  describe("what is meant", () => {
    it("asks for the source where several recipes have the container, and names them", async () => {
      const { err, code, out } = await runIn("helm-values-prod", "set", ...API, "--requests", "cpu=1");
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toContain(
        "ambiguous: Deployment//api api: 2 sources have it: helm:charts/api (charts/api/values.yaml:5), helm:charts/api?values-prod.yaml (charts/api/values-prod.yaml:4)",
      );
    });

    it.each([
      ["its path", "charts/api", "helm:charts/api"],
      ["its path as a shell completes it", "./charts/api/", "helm:charts/api"],
      ["its id", "helm:charts/api?values-prod.yaml", "helm:charts/api?values-prod.yaml"],
      ["a values file", "charts/api/values-prod.yaml", "helm:charts/api?values-prod.yaml"],
    ])("takes for a source %s", async (_, source, recipe) => {
      const { out } = await runIn(
        "helm-values-prod",
        "set",
        ...API,
        "--requests",
        "cpu=200m",
        "--format",
        "json",
        "--source",
        source,
      );
      expect(reportOf(out).results).toMatchObject([{ recipe, status: "proven" }]);
    });

    it("takes for a source the file of who delivers a release that several deliver", async () => {
      const asked = ["--workload", "Deployment/shop/api", "--container", "web", "--requests", "cpu=700m"];
      const { code, out } = await runIn(
        "flux-release-patched",
        "set",
        ...asked,
        "--source",
        "clusters/prod/apps.yaml",
      );
      expect(code).toBe(0);
      expect(out).toContain("+++ b/apps/prod/bigger.yaml");
    });

    it.each([
      [["--workload", "Deployment//apo", "--container", "api"], "there is Deployment//api"],
      [["--workload", "Deployment/shop/api", "--container", "api"], "there is Deployment//api"],
      [["--workload", "Deployment//api", "--container", "web"], "it has api"],
      [[...API, "--source", "charts/web"], "no source charts/web has it; it is in helm:charts/api"],
    ])("%j is unmapped, with what there is", async (asked, message) => {
      const { err, code } = await runIn("helm-values-prod", "set", ...asked, "--requests", "cpu=1");
      expect(code).toBe(2);
      expect(err).toContain("loadline: unmapped: ");
      expect(err).toContain(message);
    });

    it("refuses a line that feeds others than asked for, with their names and the place", async () => {
      const { out, err, code } = await runIn(
        "helm-values-prod",
        "set",
        ...API,
        ...PROD,
        "--requests",
        "memory=128Mi",
        "--format",
        "json",
      );
      expect(code).toBe(2);
      expect(reportOf(out).results).toMatchObject([
        { status: "refused", reason: "feeds-others", recipe: "helm:charts/api?values-prod.yaml", edits: [] },
      ]);
      expect(err).toContain(
        "charts/api/values.yaml:6: the line also feeds Deployment//api api (helm:charts/api)",
      );
    });

    it("sets it in a more specific layer where one is named", async () => {
      await using copy = await caseCopy("helm-values-prod");
      const asked = [...API, ...PROD, "--requests", "memory=128Mi", "--layer", "values"];
      const { code, out } = await set(copy.folder, ...asked, "--write", "--format", "json");
      expect(code).toBe(0);
      expect(await copy.changedLines()).toEqual({ "charts/api/values-prod.yaml": { added: 1, removed: 0 } });
      expect(reportOf(out).results).toMatchObject([
        { edits: [{ file: "charts/api/values-prod.yaml", before: null, after: "    memory: 128Mi" }] },
      ]);
    });

    it("says each line of a patch that it adds to an overlay, and lists it", async () => {
      await using copy = await caseCopy("kustomize-base-sets");
      const { code, out, err } = await set(
        copy.folder,
        "--workload",
        "Deployment/shop-prod/api",
        "--container",
        "api",
        "--requests",
        "cpu=400m",
        "--layer",
        "patch",
        "--write",
        "--format",
        "json",
      );
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const { edits } = reportOf(out).results[0] ?? { edits: [] };
      expect(edits.every(({ file }) => file.startsWith("overlays/prod/"))).toBe(true);
      expect(edits.map(({ after }) => after).join("\n")).toMatch(/cpu: 400m/);
      expect(edits.map(({ file }) => file)).toContain("overlays/prod/kustomization.yaml");
    });

    it("refuses a request above the limit that stands there, unless the limit goes along", async () => {
      const asked = ["--workload", "Deployment/shop/api", "--container", "api", "--requests", "memory=3Gi"];
      const { err, code } = await runIn("kustomize-patch-chain", "set", ...asked);
      expect(code).toBe(2);
      expect(err).toContain("the memory request 3Gi would be above the limit 2Gi; set the limit too");
      expect((await runIn("kustomize-patch-chain", "set", ...asked, "--limits", "memory=4Gi")).code).toBe(0);
    });
  });

  it.each([
    [[...API, "--requests", "cpu=many"], /--requests cpu=many: "many" is no Kubernetes quantity/],
    [[...API, "--requests", "cpu=-1"], /no Kubernetes quantity/],
    [[...API, "--requests", "cpu"], /write cpu=250m, memory=300Mi/],
    [[...API, "--requests", "gpu=1"], /--requests gpu=1: write cpu=250m/],
    [[...API, "--requests", "cpu=1,cpu=2"], /cpu stands there twice/],
    [[...API, "--requests", "cpu=2", "--limits", "cpu=1"], /the cpu request 2 is above the limit 1/],
    [API, /no number is to be set/],
    [["--requests", "cpu=1"], /--workload and --container, or --from FILE/],
    [["--workload", "Deployment/api", "--container", "a"], /write Kind\/namespace\/name/],
    [["--workload", "Pod/shop/api", "--container", "a"], /kinds are Deployment, StatefulSet/],
    [[...API, "--from", "changes.json"], /--from/],
    [["--from", "/nowhere.json"], /--from \/nowhere\.json: there is no such file/],
    [["--from", "."], /is a folder/],
  ])("%j exits with 2 and says why", async (flags, message) => {
    const { code, err, out } = await run("set", "--repo", "/nowhere", ...flags);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("names index and key of everything that is wrong in a list of changes", async () => {
    await using scratch = await gitFolder({ files: { "a.yaml": "a: 1\n" } });
    const changes = [
      { workload: "Deployment//api", container: "api", requests: { cpu: 2 } },
      { workload: "api", containr: "x", requests: { cpu: "1x", gpu: 1 } },
      { workload: "Deployment//api", container: "api", requests: { cpu: "2" }, limits: { cpu: "1" } },
      { workload: "Deployment//api", container: "api" },
    ];
    const { err, code } = await from(scratch.folder, changes);
    expect(code).toBe(2);
    for (const message of [
      /\[1\]\.workload: api: write Kind\/namespace\/name/,
      /\[1\]\.container: /,
      /\[1\]\.requests\.cpu: "1x" is no Kubernetes quantity/,
      /\[1\]\.requests: .*"gpu"/,
      /\[1\]: .*"containr"/,
      /\[2\]: the cpu request 2 is above the limit 1/,
      /\[3\]: no number is to be set/,
    ])
      expect(err).toMatch(message);
    expect(err).not.toContain("[0]");
    expect((await from(scratch.folder, { not: "a list" })).err).toContain("is no list of changes");
  });
});

async function set(folder: string, ...args: string[]): ReturnType<typeof run> {
  return await run("set", "--repo", folder, ...args);
}

async function from(folder: string, changes: unknown, ...args: string[]): ReturnType<typeof run> {
  const file = path.join(folder, ".git", "changes.json");
  await writeFile(file, JSON.stringify(changes));
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(changes);
  return await set(folder, "--from", file, ...args);
}

function reportOf(printed: string): SetReport {
  return setReportSchema.parse(JSON.parse(printed));
}
