import { describe, expect, it } from "vitest";
import type { Recipe } from "../../../src/gitops/recipe.ts";
import { applicationSet, OWN, recipesOf } from "./declared.ts";

const list = (...elements: object[]): object => ({ list: { elements } });
const git = (rest: object): object => ({ git: { repoURL: OWN, revision: "HEAD", ...rest } });

/** A template whose one text shows what the parameters came to. */
const template = (name: string, rest: object = {}): object => ({
  metadata: { name },
  spec: { destination: { namespace: "shop" }, source: { repoURL: OWN, path: "charts/web", ...rest } },
});

async function recipes(
  spec: object,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly Recipe[]> {
  const all = { "charts/web/Chart.yaml": "name: web\n", ...files, "set.yaml": applicationSet(spec) };
  return (await recipesOf(all)).recipes;
}

/** Names of Applications, or the code of what is refused. */
async function names(spec: object, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  return (await recipes(spec, files)).map(({ name, refused }) => refused?.code ?? name ?? "");
}

describe("a list generator", () => {
  it("makes an Application of each element", async () => {
    const generators = [
      list({ cluster: "eu", values: { size: "s" } }, { cluster: "us", values: { size: "l" } }),
    ];
    expect(
      await names({ generators, template: template("{{cluster}}-{{ values.size }}-{{other}}x") }),
    ).toEqual(["appset-template"]);
    expect(await names({ generators, template: template("{{cluster}}-{{ values.size }}") })).toEqual([
      "eu-s",
      "us-l",
    ]);
  });

  it("takes only texts without Go templates, as Argo CD does, and all with them", async () => {
    const generators = [list({ cluster: { name: "eu" }, count: 3 })];
    expect(await names({ generators, template: template("{{count}}") })).toEqual(["generator"]);
    expect(
      await names({ goTemplate: true, generators, template: template("{{.cluster.name}}-{{.count}}") }),
    ).toEqual(["eu-3"]);
  });

  it("adds the elements of a text", async () => {
    const generators = [{ list: { elements: [{ a: "1" }], elementsYaml: "- a: '2'\n" } }];
    expect(await names({ generators, template: template("x{{a}}") })).toEqual(["x1", "x2"]);
  });

  it("keeps what a selector selects", async () => {
    const selector = {
      matchLabels: { "values.stage": "dev" },
      matchExpressions: [{ key: "name", operator: "NotIn", values: ["c"] }],
    };
    const element = (name: string, stage: string): object => ({ name, values: { stage } });
    const generators = [
      { ...list(element("a", "dev"), element("b", "prod"), element("c", "dev")), selector },
    ];
    expect(await names({ generators, template: template("{{name}}") })).toEqual(["a"]);
    expect(await names({ goTemplate: true, generators, template: template("{{.name}}") })).toEqual(["a"]);
  });
});

describe("a git generator", () => {
  const folders = {
    "apps/one/a.yaml": "",
    "apps/two_B/deep/a.yaml": "",
    "apps/old/a.yaml": "",
    "apps/.hidden/a.yaml": "",
  };
  const directories = [{ path: "apps/*" }, { path: "apps/old", exclude: true }];

  it("makes an Application of each folder, without excluded and hidden ones", async () => {
    expect(
      await names(
        { generators: [git({ directories })], template: template("{{path.basename}}-{{path[0]}}") },
        folders,
      ),
    ).toEqual(["one-apps", "two_B-apps"]);
  });

  it("gives Go templates the path in parts", async () => {
    const name =
      "{{ .path.path }}|{{ .path.basenameNormalized }}|{{ index .path.segments 1 }}|{{ .values.x }}";
    const generators = [
      git({ directories: [{ path: "apps/two*" }], values: { x: "{{ .path.basename }}!" } }),
    ];
    expect(await names({ goTemplate: true, generators, template: template(name) }, folders)).toEqual([
      "apps/two_B|two-b|two_B|two_B!",
    ]);
  });

  it("puts the path below a prefix", async () => {
    const generators = [git({ directories: [{ path: "apps/one" }], pathParamPrefix: "app" })];
    expect(await names({ generators, template: template("{{app.path}}-{{app.path[1]}}") }, folders)).toEqual([
      "apps/one-one",
    ]);
    expect(
      await names({ goTemplate: true, generators, template: template("{{.app.path.basename}}") }, folders),
    ).toEqual(["one"]);
  });

  const files = {
    "clusters/eu/config.yaml": "name: eu\nsize: { cpu: 2, hot: yes }\nlist: [a, b]\n",
    "clusters/us/config.json": '[{"name": "us1"}, {"name": "us2"}]',
    "clusters/us/other.yaml": "name: no\n",
  };

  it("makes one of each map in the files that it names", async () => {
    const generators = [git({ files: [{ path: "clusters/**/config.*" }] })];
    expect(
      await names({ generators, template: template("{{name}}-{{path.filenameNormalized}}") }, files),
    ).toEqual(["eu-config.yaml", "us1-config.json", "us2-config.json"]);
  });

  it("flattens them for the older templates, and keeps them for Go's", async () => {
    const generators = [git({ files: [{ path: "clusters/eu" }] })];
    expect(
      await names({ generators, template: template("{{size.cpu}}{{size.hot}}{{list.1}}") }, files),
    ).toEqual(["2trueb"]);
    const name = "{{ .size.cpu }}{{ .size.hot }}{{ index .list 1 }}";
    expect(await names({ goTemplate: true, generators, template: template(name) }, files)).toEqual([
      "2trueb",
    ]);
  });

  it.each([
    [{ repoURL: "https://git.example/other", directories }, "other-repository"],
    [{ revision: "v1.0.0", directories }, "pinned-revision"],
    [{ files: [{ path: "apps/one/a.yaml" }] }, undefined],
    [{ files: [{ path: "list.yaml" }] }, "generator"],
    [{ files: [{ path: "bad.yaml" }] }, "yaml-invalid"],
  ])("is refused where it can't be known: %j", async (rest, code) => {
    const [recipe] = await recipes(
      { generators: [git(rest)], template: template("x") },
      { ...folders, "list.yaml": "[1]", "bad.yaml": "{" },
    );
    expect(recipe?.refused?.code).toBe(code);
  });
});

describe("a matrix generator", () => {
  it("gives the second generator the parameters of the first", async () => {
    const files = { "envs/dev/config.yaml": "size: s\n", "envs/prod/config.yaml": "size: l\n" };
    const generators = (path: string): object[] => [
      { matrix: { generators: [list({ env: "dev" }, { env: "prod" }), git({ files: [{ path }] })] } },
    ];
    expect(
      await names(
        { generators: generators("envs/{{env}}/config.yaml"), template: template("{{env}}-{{size}}") },
        files,
      ),
    ).toEqual(["dev-s", "prod-l"]);
    expect(
      await names(
        {
          goTemplate: true,
          generators: generators("envs/{{.env}}/config.yaml"),
          template: template("{{.env}}-{{.size}}"),
        },
        files,
      ),
    ).toEqual(["dev-s", "prod-l"]);
  });

  it("lets the first one win with Go templates, and refuses two values without them", async () => {
    const generators = [{ matrix: { generators: [list({ a: "1" }), list({ a: "2", b: "3" })] } }];
    expect(await names({ goTemplate: true, generators, template: template("{{.a}}{{.b}}") })).toEqual(["13"]);
    expect(await names({ generators, template: template("{{a}}{{b}}") })).toEqual(["generator"]);
  });

  it("has two generators, and may hold another", async () => {
    const three = [{ matrix: { generators: [list({}), list({}), list({})] } }];
    expect(await names({ generators: three, template: template("x") })).toEqual(["generator"]);
    const nested = [
      {
        matrix: {
          generators: [list({ a: "1" }), { matrix: { generators: [list({ b: "2" }), list({ c: "3" })] } }],
        },
      },
    ];
    expect(await names({ generators: nested, template: template("{{a}}{{b}}{{c}}") })).toEqual(["123"]);
  });
});

describe("a merge generator", () => {
  const merge = (mergeKeys: string[], ...generators: object[]): object[] => [
    { merge: { mergeKeys, generators } },
  ];

  it("lets later generators override the first by their keys", async () => {
    const generators = merge(
      ["name"],
      list({ name: "a", values: { x: "1", y: "2" } }, { name: "b", values: { x: "1", y: "2" } }),
      list({ name: "b", values: { y: "3" } }, { name: "c", values: { x: "9" } }),
    );
    expect(await names({ generators, template: template("{{name}}{{values.x}}{{values.y}}") })).toEqual([
      "a12",
      "b13",
    ]);
    expect(
      await names({
        goTemplate: true,
        generators,
        template: template("{{.name}}{{.values.x}}{{.values.y}}"),
      }),
    ).toEqual(["a12", "b13"]);
  });

  it("refuses keys that are the same for two, and no keys", async () => {
    const twice = [list({ a: "1" }, { a: "1" }), list({ a: "1" })] as const;
    expect(await names({ generators: merge(["a"], ...twice), template: template("x") })).toEqual([
      "generator",
    ]);
    expect(await names({ generators: merge([], ...twice), template: template("x") })).toEqual(["generator"]);
  });
});

describe("the template of an ApplicationSet", () => {
  it("may be overridden by a generator's own", async () => {
    const own = { metadata: {}, spec: { source: { helm: { releaseName: "{{cluster}}-own" } } } };
    const generators = [list({ cluster: "eu" }), { list: { elements: [{ cluster: "us" }], template: own } }];
    const made = await recipes({ generators, template: template("app-{{cluster}}") });
    expect(made.map(({ name, steps }) => [name, steps[0]?.tool === "helm" && steps[0].release])).toEqual([
      ["app-eu", "app-eu"],
      ["app-us", "us-own"],
    ]);
  });

  it("gives way as a whole to the inline values of a generator's own", async () => {
    const own = { spec: { source: { helm: { valuesObject: { a: 1 } } } } };
    const generators = [{ list: { elements: [{ name: "x" }], template: own } }];
    const helm = { valuesObject: { b: 2 } };
    expect((await recipes({ generators, template: template("{{name}}", { helm }) }))[0]?.steps).toMatchObject(
      [{ values: [{ text: '{"a":1}' }] }],
    );
  });

  it("is patched with conditions", async () => {
    const templatePatch = `
{{- if .values }}
spec:
  source:
    helm:
      values: |
        {{- .values | toYaml | nindent 8 }}
{{- end }}`;
    const generators = [list({ name: "a", values: { cpu: "100m" } }, { name: "b" })];
    const made = await recipes({
      goTemplate: true,
      generators,
      template: template("{{.name}}"),
      templatePatch,
    });
    expect(made.map(({ steps }) => (steps[0]?.tool === "helm" ? steps[0].values : undefined))).toEqual([
      [{ text: "cpu: 100m\n" }],
      [],
    ]);
  });

  it("renders inline values as objects, keys too", async () => {
    const helm = { valuesObject: { "{{name}}": { cpu: "{{cpu}}", keep: "{{ .Release.Name }}", on: true } } };
    const [recipe] = await recipes({
      generators: [list({ name: "a", cpu: "1" })],
      template: template("{{name}}", { helm }),
    });
    expect(recipe?.steps).toMatchObject([
      { values: [{ text: '{"a":{"cpu":"1","keep":"{{ .Release.Name }}","on":true}}' }] },
    ]);
  });

  it.each([
    ["{{ .gone }}", "appset-template"],
    ["{{ .name | slugify }}", "appset-template"],
    ["{{ .name", "appset-template"],
    ["{{ fail .name }}", "appset-template"],
  ])("with %s is refused, and other Applications are not", async (name, code) => {
    const spec = {
      goTemplate: true,
      goTemplateOptions: ["missingkey=error"],
      generators: [
        list({ name: "a" }),
        { list: { elements: [{ name: "b" }], template: { metadata: { name: "fine" } } } },
      ],
      template: template(name),
    };
    expect(await names(spec)).toEqual(["fine", code]);
  });
});

describe("generators that ask the world", () => {
  it.each(["clusters", "scmProvider", "pullRequest", "plugin", "clusterDecisionResource"])(
    "as %s are refused by name, alone and in a matrix",
    async (name) => {
      const generator = { [name]: {} };
      for (const generators of [[generator], [{ matrix: { generators: [list({ a: "1" }), generator] } }]]) {
        const [recipe, ...others] = await recipes({ generators, template: template("x") });
        expect(others).toEqual([]);
        expect(recipe).toMatchObject({
          id: "argocd:set.yaml#ApplicationSet:argocd/set",
          name: "set",
          steps: [],
        });
        expect(recipe?.refused?.code).toBe("generator");
        expect(recipe?.refused?.message).toContain(name);
      }
    },
  );

  it("leave what the template names without parameters to it", async () => {
    const { claims } = await recipesOf({
      "charts/web/Chart.yaml": "",
      "set.yaml": applicationSet({ generators: [{ clusters: {} }], template: template("{{name}}") }),
    });
    expect(claims).toEqual(["charts/web"]);
  });
});

describe("hostile ApplicationSets", () => {
  const many = (count: number): object =>
    list(...Array.from({ length: count }, (_, index) => ({ [`k${index}`]: "x" })));

  it("that make more than 5,000 Applications are refused", async () => {
    const generators = [{ matrix: { generators: [many(200), many(200)] } }];
    expect(await names({ goTemplate: true, generators, template: template("x") })).toEqual(["generator"]);
  });

  it("that nest without end, loop for long, or grow without bound are refused", async () => {
    let generator = list({ a: "1" });
    for (let depth = 0; depth < 20; depth += 1) generator = { matrix: { generators: [list({}), generator] } };
    expect(await names({ generators: [generator], template: template("x") })).toEqual(["generator"]);
    const elements = Array.from({ length: 100 }, () => "x");
    const loop = `${"{{ range $.l }}".repeat(6)}x${"{{ end }}".repeat(6)}`;
    expect(
      await names({ goTemplate: true, generators: [list({ l: elements })], template: template(loop) }),
    ).toEqual(["appset-template"]);
    const grow = `{{ repeat 1000 (repeat 1000 (repeat 1000 "xx")) }}`;
    expect(
      await names({ goTemplate: true, generators: [list({ a: "b" })], template: template(grow) }),
    ).toEqual(["appset-template"]);
  });

  it("of any shape become a refused recipe", async () => {
    for (const spec of [
      null,
      {},
      { generators: "x", template: {} },
      { generators: [{}], template: {} },
      { generators: [{ list: 3 }], template: {} },
    ])
      expect(
        (
          await recipesOf({
            "set.yaml": JSON.stringify({
              apiVersion: "argoproj.io/v1alpha1",
              kind: "ApplicationSet",
              metadata: { name: "s" },
              spec,
            }),
          })
        ).recipes,
      ).toMatchObject([{ name: "s", refused: {} }]);
  });
});
