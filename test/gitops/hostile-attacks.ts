import { application, deployment } from "./files.ts";
import { chartYaml, DEPLOYMENT_TEMPLATE, type Entry } from "./render/folder-of.ts";

export type Files = Readonly<Record<string, Entry>>;

export const RESOURCES = "resources: {requests: {cpu: 100m}}\n";
export const NUMBERS = "- name: app\n  resources: {requests: {cpu: 100m}}";
const LARGE = `#${"x".repeat(50_000_000)}\n`;
/** 9¹⁰ times one letter. */
const BOMB = ["a: &a [x]"]
  .concat(
    "bcdefghijk"
      .split("")
      .map((name, level) => `${name}: &${name} [${`*${"abcdefghij"[level]},`.repeat(9)}]`),
  )
  .join("\n");

/** The neighbour that must be found and changed, whatever lies beside it. */
export const HONEST: Files = { "honest/api.yaml": deployment("honest", NUMBERS) };

export const chart = (values: Entry, more: Files = {}): Files => ({
  "chart/Chart.yaml": chartYaml("chart"),
  "chart/values.yaml": values,
  "chart/templates/api.yaml": DEPLOYMENT_TEMPLATE,
  ...more,
});

export const applicationSet = (generators: string): Files => ({
  "set.yaml": `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set}
spec:
  generators: [${generators}]
  template:
    metadata: {name: "app-{{a}}-{{b}}"}
    spec:
      source: {repoURL: "https://git.example/acme/shop", path: app}
      destination: {namespace: "n-{{a}}-{{b}}"}
`,
  "app/api.yaml": deployment("api", NUMBERS),
});

export const list = (key: string, length: number): string =>
  `{list: {elements: [${Array.from({ length }, (_, index) => `{${key}: "${index}"}`).join(", ")}]}}`;

const many = (length: number, line: (index: number) => string): string =>
  Array.from({ length }, (_, index) => line(index)).join("");

/** What it is, its files, and the code of the reason that it is refused with, if it is. */
export const ATTACKS: readonly (readonly [string, Files, string | undefined])[] = [
  ["a YAML bomb beside a workload", { "x.yaml": `${deployment("x")}---\n${BOMB}` }, "yaml-bomb"],
  ["a YAML bomb in a chart's values", chart(`${RESOURCES}${BOMB}`), "render-failed"],
  ["a YAML bomb in a kustomization", { "k/kustomization.yaml": BOMB }, "yaml-bomb"],
  ["a manifest of 50 MB", { "x.yaml": `${deployment("x")}${LARGE}` }, "file-too-large"],
  ["values of 50 MB", chart(`${RESOURCES}${LARGE}`), "render-failed"],
  ["a kustomization of 50 MB", { "k/kustomization.yaml": `resources: []\n${LARGE}` }, "file-too-large"],
  ["a chart that never ends", chart(RESOURCES, loopingTemplate()), "render-timeout"],
  [
    "a chart that asks for another from the network",
    chart(RESOURCES, {
      "chart/Chart.yaml": chartYaml("chart", [
        "{name: x, version: 1.0.0, repository: 'https://charts.example'}",
      ]),
    }),
    "needs-network",
  ],
  [
    "a kustomization that leads out",
    { "k/kustomization.yaml": "resources: [../../../etc]\n" },
    "outside-tree",
  ],
  [
    "a kustomization with 300,000 ways out",
    { "k/kustomization.yaml": `resources: [${"../../x,".repeat(300_000)}]\n` },
    "outside-tree",
  ],
  [
    "a remote base",
    { "k/kustomization.yaml": "resources: ['https://git.example/a//b?ref=v1']\n" },
    "remote-base",
  ],
  ["kustomizations in a circle", circle(), "render-failed"],
  ["5,000 kustomizations in a chain", chain(5000), "too-many-files"],
  ["values linked to /etc", chart({ link: "/etc/passwd" }), undefined],
  [
    "a base linked to /etc",
    { "k/kustomization.yaml": "resources: [base]\n", "k/base": { link: "/etc" } },
    "render-failed",
  ],
  ["a manifest linked to /etc", { "x.yaml": { link: "/etc/passwd" } }, undefined],
  [
    "a chart folder linked to /etc",
    { "charts/x": { link: "/etc" }, "app.yaml": application("x", "charts/x", "shop") },
    "missing-path",
  ],
  [
    "values with 10,000 keys",
    chart(RESOURCES + many(10_000, (index) => `key${index}: {cpu: ${index}m}\n`)),
    undefined,
  ],
  [
    "values with 2,000 maps of resources",
    chart(RESOURCES + many(2000, (index) => `c${index}: {resources: {requests: {memory: ${index}Mi}}}\n`)),
    undefined,
  ],
  [
    "values with 2,000 empty maps of resources",
    chart(RESOURCES + many(2000, (index) => `c${index}: {resources: {}}\n`)),
    undefined,
  ],
  [
    "100,000 levels of nesting",
    { "x.yaml": `${deployment("x")}---\na: ${"[".repeat(100_000)}${"]".repeat(100_000)}\n` },
    "yaml-too-deep",
  ],
  [
    "2,000 levels of indentation",
    { "x.yaml": `${deployment("x")}---\n${many(2000, (index) => `${" ".repeat(index)}a:\n`)}` },
    "yaml-too-deep",
  ],
  [
    "a million values in one list",
    { "x.yaml": `${deployment("x", NUMBERS)}---\nresources: [${"1,".repeat(1_000_000)}]\n` },
    undefined,
  ],
  ["an Application that syncs itself", { "apps/a.yaml": application("a", "apps", "argocd") }, undefined],
  [
    "Applications that sync each other",
    {
      "a/a.yaml": application("b", "b", "argocd"),
      "b/b.yaml": application("a", "a", "argocd"),
    },
    undefined,
  ],
  [
    "an Application that makes another of itself each time",
    {
      "apps/kustomization.yaml": "namePrefix: x-\nresources: [a.yaml]\n",
      "apps/a.yaml": application("a", "apps", "argocd"),
    },
    undefined,
  ],
  [
    "an ApplicationSet of 100,000",
    applicationSet(`{matrix: {generators: [${list("a", 320)}, ${list("b", 320)}]}}`),
    "generator",
  ],
  [
    "names with newlines and escapes",
    {
      "a\nb/\u001B[31mred.yaml": deployment('"\\u001b[31mred\\n"', NUMBERS),
      "k\n,\u001B[2J/kustomization.yaml": "resources: ['a,\\nb.yaml', missing.yaml]\n",
      "c\n/Chart.yaml": chartYaml("c"),
      "c\n/templates/api.yaml": "{{ fail `no` }}",
    },
    "render-failed",
  ],
  [
    "a folder with the name of one that is made while rendering",
    {
      ".loadline-1/kustomization.yaml": "namePrefix: x-\nresources: [api.yaml]\n",
      ".loadline-1/api.yaml": deployment("api", NUMBERS),
      "app.yaml": application("x", ".loadline-1", "shop").replace(
        "  destination",
        "    kustomize: {nameSuffix: -y}\n  destination",
      ),
    },
    undefined,
  ],
];

function loopingTemplate(): Files {
  return { "chart/templates/x.yaml": "{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}" };
}

function circle(): Files {
  return {
    "k/a/kustomization.yaml": "resources: [../b]\n",
    "k/b/kustomization.yaml": "resources: [../a]\n",
  };
}

function chain(length: number): Files {
  const links = Array.from({ length }, (_, index) => [
    `k/${index}/kustomization.yaml`,
    index === length - 1 ? "resources: [api.yaml]\n" : `resources: [../${index + 1}]\n`,
  ]);
  return { ...Object.fromEntries(links), [`k/${length - 1}/api.yaml`]: deployment("api") };
}

/** Applications name folders of the repository, so theirs are moved too. */
export function movedTo(folder: string, files: Files): Files {
  const moved = (text: string): string => text.replaceAll(/\bpath: (?=[.\w])/g, `path: ${folder}/`);
  return Object.fromEntries(
    Object.entries(files).map(([file, entry]) => [
      `${folder}/${file}`,
      typeof entry === "string" && entry.includes("argoproj.io") ? moved(entry) : entry,
    ]),
  );
}
