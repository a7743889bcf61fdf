import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, test } from "vitest";
import { pullChart, type PulledChart } from "../../../src/gitops/render/chart-cache.ts";
import type { ChartSource } from "../../../src/gitops/render/chart-dependencies.ts";
import { programRenderer } from "../../../src/gitops/render/renderer.ts";
import { chartYaml, DEPLOYMENT_TEMPLATE, folderOf } from "./folder-of.ts";
import { serveOnLoopback } from "./loopback.ts";
import { objectsOf, program, renderers } from "./real-programs.ts";

describe.skipIf(!renderers)("pulled charts", () => {
  let cache = "";
  beforeEach(async () => void (cache = await folderOf({})));

  const pull = async (source: ChartSource, network = true): ReturnType<typeof pullChart> =>
    await pullChart(await program("helm"), source, { cache, network });

  test("come from a repository once, and then from the cache under their digest, also offline", async () => {
    const { host, requests } = await chartRepository();
    const source = { repoUrl: `http://${host}/charts/`, name: "web", version: "0.1.0" };
    expect(await pull(source, false)).toMatchObject({ refused: { code: "offline" } });
    expect(requests).toEqual([]);
    const pulled = pulledOf(await pull(source));
    expect(pulled.digest).toBe(
      `sha256:${createHash("sha256")
        .update(await readFile(pulled.path))
        .digest("hex")}`,
    );
    expect(path.basename(pulled.path)).toBe(`${pulled.digest.replace("sha256:", "")}.tgz`);
    const asked = requests.length;
    expect(await pull(source, false)).toEqual(pulled);
    expect(await pull({ ...source, repoUrl: `http://${host}/charts` })).toEqual(pulled);
    expect(requests).toHaveLength(asked);
    expect((await readdir(cache)).toSorted()).toEqual(["archives", "references"]);
  });

  test("come from an OCI registry", async () => {
    const host = await ociRegistry();
    const pulled = pulledOf(await pull({ oci: `oci://${host}/charts/web`, version: "0.1.0" }));
    expect(pulled.digest).toMatch(/^sha256:/);
    const missing = await pull({ oci: `oci://${host}/charts/other`, version: "0.1.0" });
    expect(missing).toMatchObject({ refused: { code: "pull-failed" } });
  });

  test("that were changed in the cache are not believed", async () => {
    const { host } = await chartRepository();
    const source = { repoUrl: `http://${host}/charts`, name: "web", version: "0.1.0" };
    await writeFile(pulledOf(await pull(source)).path, "something else");
    expect(await pull(source, false)).toMatchObject({ refused: { code: "offline" } });
    expect(pulledOf(await pull(source)).digest).toMatch(/^sha256:/);
  });

  test.each([
    [{ repoUrl: "http://127.0.0.1:1", name: "web", version: "^1.0.0" }, "version-range"],
    [{ repoUrl: "http://127.0.0.1:1", name: "web", version: "1.0.0 --debug" }, "version-range"],
    [{ repoUrl: "http://127.0.0.1:1", name: "../web", version: "1.0.0" }, "pull-failed"],
    [{ repoUrl: "file:///etc", name: "web", version: "1.0.0" }, "pull-failed"],
    [{ repoUrl: "http://user:hunter2@127.0.0.1:1", name: "web", version: "1.0.0" }, "pull-failed"],
    [{ repoUrl: "http://127.0.0.1:1", name: "web", version: "1.0.0" }, "pull-failed"],
    [{ oci: "oci://127.0.0.1:1/../x", version: "1.0.0" }, "pull-failed"],
  ])("are refused where the address or version is none: %j", async (source, code) => {
    const refused = await pull(source);
    expect(refused).toMatchObject({ refused: { code } });
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });

  test("fill in the dependencies of a chart by the version of its lock, where the network is allowed", async () => {
    const { host } = await chartRepository();
    const dependency = (version: string): string =>
      `{name: web, version: ${version}, repository: "http://${host}/charts"}`;
    const root = await folderOf({
      "shop/Chart.yaml": chartYaml("shop", [dependency("^0.1.0")]),
      "shop/Chart.lock": `dependencies:\n- ${dependency("0.1.0")}\n`,
      "loose/Chart.yaml": chartYaml("loose", [dependency("^0.1.0")]),
    });
    const rendererWith = async (network: boolean): ReturnType<typeof programRenderer> =>
      await programRenderer({ helm: renderers?.current.helm ?? "", chartCache: cache, network });
    const spec = { chart: `${root}/shop`, roots: [root, cache], releaseName: "rel" };
    const offline = await rendererWith(false);
    expect(await offline.helmTemplate(spec)).toMatchObject({ refused: { code: "needs-network" } });
    const online = await rendererWith(true);
    expect(objectsOf(await online.helmTemplate(spec))).toMatchObject([{ metadata: { name: "rel-web" } }]);
    expect(await online.helmTemplate({ ...spec, chart: `${root}/loose` })).toMatchObject({
      refused: { code: "version-range" },
    });
    const { path: chart } = pulledOf(
      await offline.pullChart({ repoUrl: `http://${host}/charts`, name: "web", version: "0.1.0" }),
    );
    expect(objectsOf(await offline.helmTemplate({ ...spec, chart }))).toMatchObject([{ kind: "Deployment" }]);
  });
});

/** The archive of a small chart, as `helm package` makes it. */
async function packagedChart(): Promise<{ folder: string; archive: Buffer }> {
  const folder = await folderOf({
    "web/Chart.yaml": chartYaml("web"),
    "web/values.yaml": "resources: {requests: {cpu: 100m}}\n",
    "web/templates/d.yaml": DEPLOYMENT_TEMPLATE,
  });
  await execa(renderers?.current.helm ?? "", ["package", "web", "--destination", "charts"], { cwd: folder });
  return { folder, archive: await readFile(`${folder}/charts/web-0.1.0.tgz`) };
}

async function chartRepository(): Promise<{ host: string; requests: string[] }> {
  const { folder } = await packagedChart();
  await execa(renderers?.current.helm ?? "", ["repo", "index", "charts"], { cwd: folder });
  const requests: string[] = [];
  const host = await serveOnLoopback((request, response) => {
    requests.push(request.url ?? "");
    void readFile(path.join(folder, path.normalize(request.url ?? ""))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  return { host, requests };
}

/** As much of a registry as one pull asks for: a manifest, and the two blobs that it names. */
async function ociRegistry(): Promise<string> {
  const { archive } = await packagedChart();
  const config = Buffer.from(JSON.stringify({ name: "web", version: "0.1.0", apiVersion: "v2" }));
  const describe = (mediaType: string, content: Buffer): Record<string, unknown> => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: describe("application/vnd.cncf.helm.config.v1+json", config),
      layers: [describe("application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive)],
    }),
  );
  const contents = new Map([
    ["/v2/charts/web/manifests/0.1.0", manifest],
    ...[manifest].map((content) => [`/v2/charts/web/manifests/${digestOf(content)}`, content] as const),
    ...[config, archive].map((content) => [`/v2/charts/web/blobs/${digestOf(content)}`, content] as const),
  ]);
  return await serveOnLoopback((request, response) => {
    const content = contents.get(request.url ?? "");
    if (content === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, {
          "Content-Type": content === manifest ? mediaType : "application/octet-stream",
          "Content-Length": content.length,
          "Docker-Content-Digest": digestOf(content),
        })
        .end(request.method === "HEAD" ? undefined : content);
  });
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function pulledOf(pulled: Awaited<ReturnType<typeof pullChart>>): PulledChart {
  if ("refused" in pulled) throw new Error(pulled.refused.message);
  return pulled;
}
