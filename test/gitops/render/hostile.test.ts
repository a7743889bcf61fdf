import { readdir } from "node:fs/promises";
import { execa } from "execa";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { helmTemplate, type HelmSpec } from "../../../src/gitops/render/helm.ts";
import { canCutNetwork, type RunLimits, runIsolated } from "../../../src/gitops/render/isolation.ts";
import { kustomizeBuild } from "../../../src/gitops/render/kustomize.ts";
import type { Rendered } from "../../../src/gitops/render/rendered.ts";
import { chartYaml, type Entry, folderOf } from "./folder-of.ts";
import { serveOnLoopback } from "./loopback.ts";
import { program, renderers } from "./real-programs.ts";

const networkCanBeCut = await canCutNetwork();

describe.skipIf(!renderers)("a hostile chart", () => {
  const render = async (
    entries: Record<string, Entry>,
    { limits = {}, ...more }: Partial<HelmSpec> & { limits?: Partial<RunLimits> } = {},
  ): Promise<Rendered> => {
    const root = await folderOf({ "web/Chart.yaml": chartYaml("web"), ...entries });
    const spec = { chart: `${root}/web`, roots: [root], releaseName: "rel", ...more };
    return await helmTemplate(await program("helm"), spec, { limits });
  };

  test("that never ends is stopped after its time", async () => {
    const started = performance.now();
    const template = "{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}";
    expect(await render({ "web/templates/x.yaml": template }, { limits: { timeoutMillis: 1000 } })).toEqual({
      refused: { code: "render-timeout", message: "helm was not done after 1 s" },
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("that eats memory is stopped at its bound", async () => {
    const template = "{{ range until 2000000000 }}x{{ end }}";
    expect(
      await render({ "web/templates/x.yaml": template }, { limits: { memoryBytes: 400 * 2 ** 20 } }),
    ).toEqual({ refused: { code: "render-too-large", message: "helm needed more than 400 MiB of memory" } });
  });

  test("that prints without end is stopped at its bound", async () => {
    const template = 'a: "{{ repeat 3000000 "x" }}"';
    expect(
      await render({ "web/templates/x.yaml": template }, { limits: { outputBytes: 2 * 2 ** 20 } }),
    ).toEqual({ refused: { code: "render-too-large", message: "helm printed more than 2 MiB" } });
  });

  test("that includes itself is refused", async () => {
    expect(
      await render({
        "web/templates/x.yaml": '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
      }),
    ).toMatchObject({
      refused: { code: "render-failed", message: expect.stringMatching(/nested|recursion/) },
    });
  });

  test("sees no file, no name, and no cluster outside of itself", async () => {
    const rendered = await render({
      "secret.txt": "hidden",
      "web/templates/x.yaml": `up: "{{ .Files.Get "../secret.txt" }}"
etc: "{{ .Files.Get "/etc/passwd" }}"
glob: "{{ range $name, $_ := .Files.Glob "../**" }}{{ $name }}{{ end }}"
host: "{{ getHostByName "localhost" }}"
cluster: {{ lookup "v1" "Secret" "" "" | toJson }}
`,
    });
    expect(rendered).toMatchObject({ objects: [{ up: "", etc: "", glob: "", host: "", cluster: {} }] });
  });

  test("can't read the environment", async () => {
    expect(await render({ "web/templates/x.yaml": 'a: {{ env "PATH" }}' })).toMatchObject({
      refused: { code: "render-failed", message: expect.stringContaining('function "env" not defined') },
    });
  });

  test.each([
    ["a template", { "web/templates/x.yaml": { link: "/etc/passwd" } }],
    ["a folder", { "web/templates/etc": { link: "/etc" } }],
    ["its values", { "web/values.yaml": { link: "../../../../../../../../etc/passwd" } }],
    ["a subchart", { "web/charts/sub": { link: "/etc" } }],
  ])("that links %s to a place outside is refused", async (_, entries) => {
    expect(await render(entries)).toMatchObject({ refused: { code: "outside-tree" } });
  });

  test("that holds a pipe, on which a reader waits for ever, is refused", async () => {
    const root = await folderOf({ "web/Chart.yaml": chartYaml("web") });
    await execa("mkfifo", [`${root}/web/values.yaml`]);
    const spec = { chart: `${root}/web`, roots: [root], releaseName: "rel" };
    expect(await helmTemplate(await program("helm"), spec)).toMatchObject({
      refused: { code: "not-a-file" },
    });
  });

  test("that links a folder into itself is refused", async () => {
    expect(await render({ "web/templates/again": { link: ".." } })).toMatchObject({
      refused: { code: "link-loop" },
    });
  });

  test.each([
    ["a link to a place outside", { "values.yaml": { link: "/etc/passwd" } }, "values.yaml", "outside-tree"],
    ["a path to a place outside", {}, "../../etc/passwd", "outside-tree"],
    ["an address", {}, "https://example.org/values.yaml", "missing-file"],
    ["a folder", {}, "web", "not-a-file"],
  ])("with values from %s is refused", async (_, entries, file, code) => {
    const root = await folderOf({ "web/Chart.yaml": chartYaml("web"), ...entries });
    const spec = {
      chart: `${root}/web`,
      roots: [root],
      releaseName: "rel",
      values: [{ file: `${root}/${file}` }],
    };
    expect(await helmTemplate(await program("helm"), spec)).toMatchObject({ refused: { code } });
  });

  test.each([
    ["outside of the tree", "file://../../../../../../etc", "outside-tree"],
    ["that is itself", "file://.", "dependency-loop"],
    ["with a way out for a name", "https://charts.example", "bad-dependency"],
  ])("with a dependency %s is refused", async (_, repository, code) => {
    const name = code === "bad-dependency" ? "../../x" : "dep";
    expect(
      await render({
        "web/Chart.yaml": chartYaml("web", [
          `{name: "${name}", version: 0.1.0, repository: "${repository}"}`,
        ]),
      }),
    ).toMatchObject({ refused: { code } });
  });

  test("with aliases that expand without bound is refused", async () => {
    const levels = "bcdefghijk".split("").map((name, index) => {
      const below = "abcdefghij"[index] ?? "a";
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${below}`).join(",")}]`;
    });
    const rendered = await render({ "web/templates/x.yaml": ["a: &a [x]", ...levels].join("\n") });
    expect(rendered).toHaveProperty("refused");
  });

  test("with names full of newlines and escapes does not write on the terminal", async () => {
    const rendered = await render({ "web/templates/\u001B[31mred\nline.yaml": "{{ fail .Template.Name }}" });
    expect(rendered).toMatchObject({ refused: { code: "render-failed" } });
    expect(JSON.stringify(rendered)).not.toMatch(/\\u001b|\\n/i);
  });

  test("leaves nothing behind in the folder for temporary files", async () => {
    const temporary = await folderOf({});
    vi.stubEnv("TMPDIR", temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    await render({ "web/templates/x.yaml": "{{ fail `x` }}" });
    expect((await readdir(temporary)).filter((name) => !name.startsWith("loadline-test-"))).toEqual([]);
  });
});

describe.skipIf(!renderers)("a hostile kustomization", () => {
  const build = async (entries: Record<string, Entry>): Promise<Rendered> => {
    const root = await folderOf(entries);
    return await kustomizeBuild(await program("kubectl"), { folder: `${root}/app`, roots: [root] });
  };

  test.each([
    ["builds on a folder outside", "resources: [../../../../../../etc]\n", "outside-tree"],
    ["reads a file outside", "resources: [../../../../../../etc/passwd]\n", "outside-tree"],
    ["names an absolute path", "resources: [/etc/hostname]\n", "outside-tree"],
    [
      "generates from a file outside",
      "configMapGenerator: [{name: a, files: [/etc/passwd]}]\n",
      "outside-tree",
    ],
    ["runs a program as a function", "transformers: [function.yaml]\n", "plugin-or-exec-function"],
    ["runs a container as a function", "generators: [container.yaml]\n", "plugin-or-exec-function"],
    ["builds on itself", "resources: [../app]\n", "render-failed"],
    ["is no mapping", "- a\n", "render-failed"],
    ["is a file of 50 MB", `resources: [${"x,".repeat(25_000_000)}]`, "file-too-large"],
    ["has aliases without bound", `a: &a [x]\nb: [${"*a,".repeat(3)}]\nresources: [*a]\n`, "render-failed"],
  ])("that %s is refused", async (_, kustomization, code) => {
    const functionOf = (how: string): string =>
      `apiVersion: v1\nkind: Thing\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      ${how}\n`;
    const built = await build({
      "app/kustomization.yaml": kustomization,
      "app/function.yaml": functionOf("exec: {path: /bin/sh}"),
      "app/container.yaml": functionOf("container: {image: example.org/x}"),
    });
    expect(built).toMatchObject({ refused: { code } });
  });

  test.each(["resource.yaml", "patch.yaml"])("that links %s to a file outside is refused", async (name) => {
    const built = await build({
      "app/kustomization.yaml": "resources: [resource.yaml]\npatches: [{path: patch.yaml}]\n",
      "app/resource.yaml": "kind: A\n",
      "app/patch.yaml": "kind: A\n",
      ...Object.fromEntries([[`app/${name}`, { link: "/etc/passwd" }]]),
    });
    expect(built).toMatchObject({ refused: { code: "outside-tree" } });
  });
});

describe.skipIf(!renderers)("an isolated program", () => {
  test("gets nothing of our environment, and a home of its own", async () => {
    vi.stubEnv("GITHUB_TOKEN", "hunter2");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { stdout } = await done("/usr/bin/env", []);
    expect(stdout).not.toContain("hunter2");
    expect(stdout).not.toMatch(/KUBECONFIG|SSH_AUTH_SOCK|NODE_/);
    expect(stdout).toMatch(/^HOME=.*loadline-home-/m);
  });

  test("asks for everything at a proxy that is nowhere", async () => {
    const root = await folderOf({ "kustomization.yaml": "resources: ['http://192.0.2.1/x.yaml']\n" });
    const { path: kubectl } = await program("kubectl");
    expect(await runIsolated(kubectl, ["kustomize", root])).toMatchObject({
      status: "failed",
      stderr: expect.stringContaining("proxyconnect tcp: dial tcp 127.0.0.1:9"),
    });
  });

  test.skipIf(!networkCanBeCut)(
    "reaches no server of this machine, unless the network is asked for",
    async () => {
      const host = await serveOnLoopback((_, response) =>
        response.end("apiVersion: v1\nkind: Reached\nmetadata:\n  name: x\n"),
      );
      const root = await folderOf({
        "kustomization.yaml": `resources: ["http://${host}/x.yaml"]\n`,
      });
      const { path: kubectl } = await program("kubectl");
      const online = await runIsolated(kubectl, ["kustomize", root], { network: true });
      expect(online).toMatchObject({ status: "done", stdout: expect.stringContaining("Reached") });
      expect(await runIsolated(kubectl, ["kustomize", root])).toMatchObject({ status: "failed" });
    },
  );

  test("finds no git to clone with, unless the network is asked for", async () => {
    const root = await folderOf({
      "kustomization.yaml": "resources: ['https://127.0.0.1:1/o/r.git?ref=v1']\n",
    });
    const { path: kubectl } = await program("kubectl");
    expect(await runIsolated(kubectl, ["kustomize", root])).toMatchObject({
      status: "failed",
      stderr: expect.stringContaining("no 'git' program on path"),
    });
  });

  test("is killed with all that it started", async () => {
    const marker = `86399.${Date.now() % 1000}`;
    const result = await runIsolated("/bin/sh", ["-c", `/bin/sleep ${marker} & wait`], {
      timeoutMillis: 300,
    });
    expect(result).toEqual({ status: "timeout" });
    await expect.poll(async () => await commandLines()).not.toContain(marker);
  });

  async function done(file: string, given: readonly string[]): Promise<{ stdout: string }> {
    const result = await runIsolated(file, given);
    if (result.status !== "done") throw new Error(JSON.stringify(result));
    return result;
  }
});

async function commandLines(): Promise<string> {
  return (await execa("ps", ["-eo", "args"])).stdout;
}
