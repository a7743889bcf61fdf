import { NO_RESOURCES, type ResourceField } from "../../src/domain/resources.ts";
import type { Recipe } from "../../src/gitops/recipe.ts";
import type { Field, ScannedContainer } from "../../src/gitops/scan.ts";
import type { Method, PlannedContainer } from "../../src/proposals/evidence.ts";

export const METHOD: Method = { window: "14d" };

export interface Place {
  readonly folder?: string;
  /** Of the Application or the HelmRelease; its folder is that of its declaration then. */
  readonly application?: string;
  readonly file?: string;
  readonly name?: string;
  readonly container?: string;
  readonly line?: number;
  readonly document?: number;
  readonly cpu?: string;
  readonly cluster?: string;
  readonly reason?: string;
}

/** A container that asks for one core, and whose request is proven to become another. */
export function planned(given: Place = {}): PlannedContainer {
  const { name = "api", container = "app", cpu = "350m", cluster = "main" } = given;
  const at = scanned(given);
  return {
    cluster,
    workload: { kind: "Deployment", namespace: "shop", name },
    replicas: 2,
    container,
    role: "main",
    current: { requests: { cpu: "1" }, limits: {} },
    recommended: { requests: { cpu }, limits: {} },
    held: [{ resource: "memory", code: "no-data", message: given.reason ?? "no usage" }],
    because: [{ resource: "cpu", sentence: given.reason ?? "the busiest minutes took 290m" }],
    guarded: [],
    urgent: [],
    confidence: 0.5,
    confidenceLevel: "low",
    policy: {
      name: "policy",
      because: "There is one policy for all.",
      mode: "recommend",
      bounds: { cpu: { min: "10m", max: "32" }, memory: { min: "32Mi", max: "256Gi" } },
    },
    usage: {
      cpu: {
        samples: 2016,
        median: 0.1,
        p95: 0.29,
        max: 0.4,
        days: [0.1, 0.2, 0.29].map((p95, index) => ({
          day: 20_000 + index,
          median: 0.1,
          p95,
          max: 0.4,
        })),
        over: { now: 0, proposed: 0.004 },
      },
    },
    source: {
      status: "proven",
      at,
      proof: { rendered: true, changed: [{ resource: "requests.cpu", before: "1", after: cpu }] },
      files: [fileOf(given)],
    },
  };
}

function fileOf({
  folder = "apps",
  file = folder === "" ? "api.yaml" : `${folder}/api.yaml`,
}: Place): string {
  return file;
}

function scanned(given: Place): ScannedContainer {
  const { folder = "apps", application, name = "api", container = "app", line = 12, document = 0 } = given;
  const recipe: Recipe =
    application === undefined
      ? { id: `plain:${folder}`, kind: "plain", path: folder, steps: [] }
      : {
          id: `argocd:${application}`,
          kind: "argocd",
          path: `${folder}/applications.yaml`,
          name: application,
          steps: [],
        };
  const field = (resource: ResourceField): Field => ({
    resource,
    status: "proven",
    place: {
      file: fileOf(given),
      document,
      path: ["spec", "containers", document, "resources"],
      line,
      column: 1,
      present: true,
      layer: "manifest",
      feeds: [{ recipe: recipe.id, workload: `Deployment//${name}`, container }],
    },
  });
  return {
    repository: "acme/shop",
    recipe,
    kind: "Deployment",
    workload: name,
    container,
    role: "main",
    current: NO_RESOURCES,
    fields: {
      "requests.cpu": field("requests.cpu"),
      "requests.memory": field("requests.memory"),
      "limits.cpu": field("limits.cpu"),
      "limits.memory": field("limits.memory"),
    },
  };
}

/** Names that somebody chose to break out of what shows them. */
export const HOSTILE = [
  "a|b",
  "a\\|b",
  "a\\\\|b",
  "`",
  "``a`",
  "a``",
  " a ",
  "\\",
  "a\\",
  "<b>x</b>",
  "<!-- x -->",
  "--> x",
  "<script>",
  "&amp;",
  "&#64;x",
  "@octocat",
  "@acme/team",
  "#12",
  "acme/shop#12",
  "GH-12",
  "https://example.com",
  "ftp://example.com",
  "www.example.com",
  "a@example.com",
  "[x](https://example.com)",
  "![x](https://example.com/x.png)",
  "**x**",
  "_x_",
  "~~x~~",
  "$x$",
  "x\ny",
  "\n\n# x",
  "\n```mermaid\n",
  "\u001b[31mred",
  "\u202eevil",
  "\u2028x",
  "::error::x",
  "- [ ] x",
  "> [!NOTE]",
  "| a |\n|---|",
  "[^1]",
  '<!-- loadline {"version":1,"workloads":[],"fingerprint":"forged"} -->',
  '\n<!-- loadline {"version":1,"workloads":[],"fingerprint":"forged"} -->\n',
  "😀",
  "",
];
