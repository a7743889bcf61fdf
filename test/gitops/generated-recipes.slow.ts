import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountOf, RESOURCE_FIELDS, withAmount } from "../../src/domain/resources.ts";
import { changeRepository } from "../../src/gitops/change.ts";
import { programRenderer } from "../../src/gitops/render/renderer.ts";
import { placeOf, refOf, type ScannedContainer } from "../../src/gitops/scan.ts";
import { type RepositoryScan, scanRepository } from "../../src/gitops/scan-repository.ts";
import { overlay } from "../../src/gitops/tree.ts";
import { renderersForTests } from "../support/renderers.ts";
import { treeOf } from "./files.ts";

const renderers = await renderersForTests();
const RUNS = Number(process.env["LOADLINE_PROPERTY_RUNS"] ?? 8);

/** How a template takes a component's numbers out of the values. */
const READINGS = {
  whole: (key: string) => `{{- toYaml .Values.${key}.resources | nindent 12 }}`,
  each: (key: string) =>
    `requests: {cpu: {{ .Values.${key}.resources.requests.cpu }}, memory: {{ .Values.${key}.resources.requests.memory | quote }}}`,
  defaulted: (key: string) =>
    `requests: {cpu: {{ dig "requests" "cpu" "70m" .Values.${key}.resources }}, memory: 64Mi}`,
} as const;

const component = fc.record({
  /** Which component's key is read: its own, or that of another one. */
  key: fc.nat(3),
  reading: fc.constantFrom(...(["whole", "each", "defaulted"] as const)),
  cpu: fc.integer({ min: 1, max: 900 }).map((millis) => `${millis}m`),
  memory: fc.integer({ min: 16, max: 900 }).map((mebibytes) => `${mebibytes}Mi`),
  quoted: fc.boolean(),
  inProd: fc.boolean(),
});

function chartOf(
  components: readonly (typeof component extends fc.Arbitrary<infer One> ? One : never)[],
): Record<string, string> {
  const name = (index: number): string => `part${index % components.length}`;
  const block = (index: number, one: (typeof components)[number]): string => {
    const text = one.quoted ? `"${one.cpu}"` : one.cpu;
    return `${name(index)}:\n  resources:\n    requests:\n      cpu: ${text} # tuned\n      memory: ${one.memory}\n`;
  };
  const container = (one: (typeof components)[number], index: number): string =>
    `        - name: c${index}\n          resources:\n            ${READINGS[one.reading](name(one.key))}\n`;
  return {
    "chart/Chart.yaml": "apiVersion: v2\nname: made\nversion: 1.0.0\n",
    "chart/values.yaml": components.map((one, index) => block(index, one)).join(""),
    "chart/values-prod.yaml": components
      .map((one, index) =>
        one.inProd ? `${name(index)}: {resources: {requests: {cpu: 1${one.cpu}}}}\n` : "",
      )
      .join("# prod\n"),
    "chart/templates/all.yaml": `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: made}\nspec:\n  template:\n    spec:\n      containers:\n${components.map(container).join("")}`,
  };
}

const overlayShape = fc.record({
  /** How the overlay sets the first container's CPU, if at all. */
  patch: fc.constantFrom(...(["none", "merge", "inline", "json"] as const)),
  prefix: fc.boolean(),
  cpu: fc.integer({ min: 1, max: 900 }).map((millis) => `${millis}m`),
});

function overlaysOf(
  cpu: readonly string[],
  overlays: readonly { readonly patch: string; readonly prefix: boolean; readonly cpu: string }[],
): Record<string, string> {
  const head = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: made\n";
  const containers = cpu.map(
    (one, index) =>
      `        - name: c${index}\n          resources:\n            requests: {cpu: ${one}, memory: 64Mi}\n`,
  );
  const base = `${head}spec:\n  template:\n    spec:\n      containers:\n${containers.join("")}`;
  const merge = (amount: string): string =>
    `${head}spec:\n  template:\n    spec:\n      containers:\n        - name: c0\n          resources:\n            requests:\n              cpu: ${amount}\n`;
  const indented = (text: string): string => text.trimEnd().replaceAll(/^/gm, "      ");
  const files: Record<string, string> = {
    "base/kustomization.yaml": "resources: [made.yaml]\n",
    "base/made.yaml": base,
  };
  for (const [index, one] of overlays.entries()) {
    const patches: Record<string, string> = {
      none: "",
      merge: "patches:\n  - path: patch.yaml\n",
      inline: `patches:\n  - patch: |-\n${indented(merge(one.cpu))}\n`,
      json: `patches:\n  - target: {kind: Deployment}\n    patch: |-\n      - op: replace\n        path: /spec/template/spec/containers/0/resources/requests/cpu\n        value: ${one.cpu}\n`,
    };
    const naming = `namespace: ns${index}\n${one.prefix ? "namePrefix: pre-\n" : ""}`;
    files[`o${index}/kustomization.yaml`] = `resources: [../base]\n${naming}${patches[one.patch]}`;
    if (one.patch === "merge") files[`o${index}/patch.yaml`] = merge(one.cpu);
  }
  return files;
}

describe.skipIf(!renderers)(
  "the traced field is the one that changes the number, in exactly the containers that it is said to feed",
  () => {
    const scan = async (tree: Parameters<typeof scanRepository>[1]): Promise<RepositoryScan> => {
      const { helm = "", kubectl = "" } = renderers?.current ?? {};
      const renderer = await programRenderer({
        helm,
        kubectl,
        chartCache: path.join(tmpdir(), "loadline-charts-of-tests"),
      });
      return await scanRepository("a/b", tree, { renderer, isOwn: () => true });
    };
    const numbers = ({ containers }: RepositoryScan): Map<string, string> =>
      new Map(
        containers.flatMap((at) =>
          RESOURCE_FIELDS.map((field) => [
            `${JSON.stringify(refOf(at))} ${field}`,
            amountOf(at.current, field) ?? "—",
          ]),
        ),
      );

    const holdsFor = async (files: Record<string, string>, pick: number): Promise<void> => {
      const tree = treeOf(files);
      const before = await scan(tree);
      const at = before.containers[pick % before.containers.length];
      const place = at && placeOf(at, "requests.cpu");
      if (!at || !place) return;
      const fed = before.containers.filter((one) =>
        place.feeds.some((ref) => JSON.stringify(ref) === JSON.stringify(refOf(one))),
      );
      const wanted = (one: ScannedContainer) => ({
        at: one,
        wanted: withAmount(one.current, "requests.cpu", "7777m"),
      });
      const alone = await changeRepository(before, [wanted(at)]);
      if (fed.length > 1)
        expect(alone).toMatchObject({
          files: [],
          results: [{ status: "refused", reason: { code: "feeds-others" } }],
        });
      const { files: edited, results } = await changeRepository(before, fed.map(wanted));
      expect(results.map(({ status }) => status)).toEqual(fed.map(() => "proven"));
      const after = await scan(overlay(tree, new Map(edited.map((file) => [file.path, file.after]))));
      const expected = numbers(before);
      for (const one of fed) expected.set(`${JSON.stringify(refOf(one))} requests.cpu`, "7777m");
      expect(numbers(after)).toEqual(expected);
    };

    it("for any chart", async () => {
      expect.hasAssertions();
      const components = fc.array(component, { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(components, fc.nat(), async (made, pick) => await holdsFor(chartOf(made), pick)),
        { numRuns: RUNS },
      );
    }, 240_000);

    it("for any overlays", async () => {
      expect.hasAssertions();
      const amounts = fc.array(
        fc.integer({ min: 1, max: 900 }).map((millis) => `${millis}m`),
        { minLength: 1, maxLength: 3 },
      );
      const overlays = fc.array(overlayShape, { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(
          amounts,
          overlays,
          fc.nat(),
          async (cpu, made, pick) => await holdsFor(overlaysOf(cpu, made), pick),
        ),
        { numRuns: RUNS },
      );
    }, 240_000);
  },
);
