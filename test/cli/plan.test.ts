import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DEMO_REPOSITORY, recordedUsage } from "../../demo/recorded-usage.ts";
import { readableCpu, readableMemory } from "../../src/advice/readable.ts";
import { baseUnits, nanos } from "../../src/domain/quantity.ts";
import { type PlanReport, planReportSchema } from "../../src/report/plan-report.ts";
import { exactDistribution } from "../../src/usage/distribution.ts";
import { SKETCH_ERROR } from "../../src/usage/sketch.ts";
import { makeCertificates } from "../support/certificates.ts";
import { gitFolder, type GitFolder } from "../support/git-folder.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { autoscalerObject, metric, objectOf, RESOURCE_OF } from "../support/kubernetes-objects.ts";
import { loadline, type Ran } from "../support/loadline.ts";
import { prometheusAvailable, type RunningPrometheus, startPrometheus } from "../support/prometheus.ts";
import type { GeneratedUsage } from "../support/usage-generator.ts";

let usage: GeneratedUsage;
let prometheus: RunningPrometheus;
let repository: GitFolder;

describe.skipIf(!prometheusAvailable)("loadline plan against a real Prometheus", () => {
  beforeAll(async () => {
    usage = await recordedUsage(Math.floor(Date.now() / 300_000) * 300_000, "3d", 60);
    prometheus = await startPrometheus({ openMetrics: usage.lines() });
  });
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
  });

  const plan = async (folder: string, ...more: string[]): Promise<Ran> =>
    await loadline(["plan", "--repo", folder, "--prometheus", prometheus.url, "--window", "3d", ...more]);

  describe("with the demo's repository", () => {
    beforeAll(async () => {
      repository = await gitFolder({ from: DEMO_REPOSITORY });
    });
    afterAll(async () => {
      await repository[Symbol.asyncDispose]();
    });

    it("prints one object that its published schema describes", async () => {
      const { out, err, code } = await plan(repository.folder, "--format", "json");
      expect({ err, code }).toEqual({ err: "", code: 0 });
      const schema = z
        .record(z.string(), z.unknown())
        .parse(JSON.parse(await readFile("schemas/plan.schema.json", "utf8")));
      const ajv = new Ajv2020({ strict: false });
      addFormats.default(ajv);
      const validate = ajv.compile(schema);
      validate(JSON.parse(out));
      expect(validate.errors).toBeNull();
    });

    it("recommends what the truth about the usage says", async () => {
      const folder = await mkdtemp(path.join(tmpdir(), "loadline-plan-"));
      const config = path.join(folder, "loadline.yaml");
      // Nothing but the formula: whole steps at once, and no margin above the peak.
      await writeFile(
        config,
        `version: 1
clusters: [{ name: prod, prometheus: { url: "${prometheus.url}" } }]
policy:
  strategy: percentile
  minimumChange: { cpu: 0, memory: 0 }
  guards: { largestStepPercent: { down: 100, up: 100000 }, memoryPeakMarginPercent: 0, daysOfNewImage: 0, unevenPods: 100 }
`,
      );
      const report = await reportOf(repository.folder, "--config", config);
      await rm(folder, { recursive: true });
      let compared = 0;
      for (const container of report.containers) {
        const key = `${container.kind}/${container.namespace}/${container.workload}`;
        const truth = usage.truth.get(key)?.get(container.container);
        const held = new Set(container.held.map(({ resource }) => resource));
        const { requests = {} } = container.recommended ?? {};
        const bytes = truth?.bytes ?? [];
        // Each value is scraped five times, but for the ends of a pod: a hair of rank, besides the sketch's error.
        const needs = (share: number) => ({
          cpu: Math.max(0.01, exactDistribution(truth?.cores ?? []).quantile(share) * 1.2),
          memory: Math.max(32 * 2 ** 20, exactDistribution(bytes).quantile(share) * 1.2, ...bytes),
        });
        for (const resource of ["cpu", "memory"] as const) {
          if (held.has(resource)) continue;
          const readable = resource === "cpu" ? readableCpu : readableMemory;
          const least = baseUnits(readable(needs(0.94)[resource] * (1 - SKETCH_ERROR)));
          const most = baseUnits(readable(needs(0.96)[resource] * (1 + SKETCH_ERROR)));
          const asked = baseUnits(requests[resource] ?? "0");
          expect.soft(asked, `${key} ${container.container} ${resource}`).toBeGreaterThanOrEqual(least);
          expect.soft(asked, `${key} ${container.container} ${resource}`).toBeLessThanOrEqual(most);
          compared += 1;
        }
      }
      expect(compared).toBeGreaterThan(25);
    });

    it("finds the same workloads through the Kubernetes API as through kube-state-metrics", async () => {
      await using api = await KubernetesApiServer.start(await makeCertificates());
      for (const workload of usage.workloads) {
        api.add(RESOURCE_OF[workload.kind], objectOf(workload));
        for (const scaler of workload.autoscalers)
          api.add(
            "autoscaling/v2/horizontalpodautoscalers",
            renamed(
              autoscalerObject(workload, { metrics: scaler.resources.map((name) => metric(name)) }),
              scaler.name,
            ),
          );
      }
      const fromMetrics = await reportOf(repository.folder);
      const fromApi = await reportOf(
        repository.folder,
        "--inventory",
        "kubernetes",
        "--kubeconfig",
        await api.kubeconfig(),
      );
      const essence = ({ containers }: PlanReport) =>
        containers
          .map(({ kind, namespace, workload, container, current, recommended, held, source }) => ({
            key: `${kind}/${namespace}/${workload} ${container}`,
            current: canonical(current),
            recommended: recommended && canonical(recommended),
            held: held.map(({ resource, reason }) => `${resource} ${reason}`),
            at: `${source.status} ${source.file}:${source.line}`,
          }))
          .sort((a, b) => (a.key < b.key ? -1 : 1));
      expect(essence(fromApi)).toEqual(essence(fromMetrics));
    });

    it("fits 100 columns, says nothing on stderr in a pipe, and exits with 3 when asked to check", async () => {
      const { out, err, code } = await plan(repository.folder, "--check");
      expect({ err, code }).toEqual({ err: "", code: 3 });
      const [table = ""] = out.split("\nRight-size ");
      expect(table.split("\n").filter((line) => line.length > 100)).toEqual([]);
      expect(out).toContain("apps/storefront/deployment.yaml:45");
      expect(await repository.changedLines()).toEqual({});
    });

    it("writes the intended lines and no other, and then has nothing left to do", async () => {
      const before = await reportOf(repository.folder);
      const { code } = await plan(repository.folder, "--write");
      expect(code).toBe(0);
      const announced = Object.fromEntries(
        before.proposals.flatMap(({ files }) => files.map(({ path: file, diff }) => [file, linesOf(diff)])),
      );
      expect(await repository.changedLines()).toEqual(announced);
      const again = await plan(repository.folder, "--check", "--format", "json");
      expect(again.code).toBe(0);
      expect(parsed(again).proposals).toEqual([]);
    });
  });

  describe("bad input", () => {
    it("a repository that declares none of the workloads: everything is unmapped, with the reason", async () => {
      await using empty = await gitFolder({ files: { "README.md": "nothing\n" } });
      const ran = await plan(empty.folder, "--format", "json");
      expect(ran.code).toBe(0);
      const { containers, proposals } = parsed(ran);
      expect(new Set(containers.map(({ source }) => `${source.status} ${source.reason}`))).toEqual(
        new Set(["unmapped no-manifest"]),
      );
      expect(proposals).toEqual([]);
    });

    it.each([
      ["that is none", "metadata: {name: a\nspec: {}\n", 4, ""],
      ["with a key twice", "metadata:\n  name: a\n  name: b\n", 5, "Map keys must be unique"],
    ])("YAML %s is a warning with file and line, and the rest goes on", async (_, text, line, detail) => {
      await using broken = await gitFolder({
        from: DEMO_REPOSITORY,
        files: { "apps/broken.yaml": `kind: Deployment\napiVersion: apps/v1\n${text}` },
      });
      const report = await reportOf(broken.folder);
      expect(report.warnings).toEqual([
        expect.stringContaining(`apps/broken.yaml:${line}: the file is not valid YAML: ${detail}`),
      ]);
      expect(report.proposals.length).toBeGreaterThan(5);
    });

    it("two manifests of one workload are ambiguous, both named", async () => {
      await using twice = await gitFolder({ from: DEMO_REPOSITORY });
      await using both = await gitFolder({
        from: twice.folder,
        files: {
          "copy/deployment.yaml": await readFile(
            path.join(DEMO_REPOSITORY, "apps/storefront/deployment.yaml"),
            "utf8",
          ),
        },
      });
      const report = await reportOf(both.folder, "--namespace", "shop");
      const web = report.containers.find(({ container }) => container === "web");
      expect(web?.source).toMatchObject({ status: "ambiguous", reason: "several-manifests" });
      expect(web?.source.message).toMatch(
        /apps\/storefront\/deployment\.yaml:\d+, copy\/deployment\.yaml:\d+/,
      );
    });

    it("a cluster without workloads in the namespaces asked for", async () => {
      const { code, err } = await plan(DEMO_REPOSITORY, "--namespace", "nowhere");
      expect(code).toBe(2);
      expect(err).toMatch(/no workload matches/);
    });
  });

  async function reportOf(folder: string, ...more: string[]): Promise<PlanReport> {
    const ran = await plan(folder, "--format", "json", ...more);
    expect({ err: ran.err, code: ran.code }).toEqual({ err: "", code: 0 });
    return parsed(ran);
  }
});

describe("loadline plan with bad flags", () => {
  it.each([
    [["--prometheus", "http://127.0.0.1:9"], /cannot reach Prometheus|can't reach Prometheus/i],
    [["--prometheus", "prometheus.example"], /--prometheus prometheus\.example/],
    [[], /--prometheus URL/],
    [["--prometheus", "http://127.0.0.1:9", "--window", "soon"], /--window/],
    [["--prometheus", "http://127.0.0.1:9", "--percentile", "0"], /--percentile/],
    [["--prometheus", "http://127.0.0.1:9", "--repo", "/nowhere"], /--repo \/nowhere/],
    [["--prometheus", "http://127.0.0.1:9", "--password-file", "/nowhere", "--username", "a"], /\/nowhere/],
    [["--metrics-file", "/nowhere.om"], /\/nowhere\.om/],
    [["--config", "/nowhere.yaml"], /--config \/nowhere\.yaml/],
    [["--prometeus", "x"], /--prometheus/],
  ])("%j exits with 2 and says why", async (flags, message) => {
    const { code, err, out } = await loadline(["plan", "--repo", DEMO_REPOSITORY, ...flags]);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("says before it fails what may be the reason", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "loadline-plan-"));
    const old = path.join(folder, "old.om");
    await writeFile(old, "up 1 1700000000\n# EOF\n");
    const { err } = await loadline(["plan", "--repo", DEMO_REPOSITORY, "--metrics-file", old]);
    await rm(folder, { recursive: true });
    expect(err).toMatch(
      /^loadline: warning: .*old\.om ends at 2023-11-14.*\nloadline: .*no workloads were found/,
    );
  });
});

function parsed({ out }: Ran): PlanReport {
  return planReportSchema.parse(JSON.parse(out));
}

/** Exact values: kube-state-metrics knows numbers, the API knows how they were written. */
function canonical({ requests, limits }: PlanReport["containers"][number]["current"]): object {
  const values = (amounts: { cpu?: string | undefined; memory?: string | undefined }): object =>
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(nanos(amount ?? ""))]));
  return { requests: values(requests), limits: values(limits) };
}

function linesOf(diff: string): { added: number; removed: number } {
  const lines = diff.split("\n").slice(2);
  return {
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length,
  };
}

function renamed<Named extends { metadata: { name: string } }>(object: Named, name: string): Named {
  return { ...object, metadata: { ...object.metadata, name } };
}
