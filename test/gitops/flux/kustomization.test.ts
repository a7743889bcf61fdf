import { describe, expect, it } from "vitest";
import { deployment } from "../files.ts";
import { kustomization, named, recipesOf, SOURCE, stepOf } from "./declared.ts";

const API = { "source.yaml": SOURCE, "apps/api.yaml": deployment("api") };

describe("a Kustomization of Flux", () => {
  it("of a folder without a kustomization takes every manifest below, and a kustomized sub-folder as one", async () => {
    const found = await recipesOf({
      "source.yaml": SOURCE,
      "ks.yaml": kustomization("apps", "path: ./apps"),
      "apps/api.yaml": deployment("api"),
      "apps/deep/er/web.yml": deployment("web"),
      "apps/made/kustomization.yaml": "resources: [one.yaml]",
      "apps/made/one.yaml": deployment("one"),
      "apps/made/not-listed.yaml": deployment("two"),
      "apps/notes.json": "{}",
      "apps/.sops.yaml": "creation_rules: []",
      "other/web.yaml": deployment("other"),
    });
    expect(stepOf(named(found, "apps"))).toEqual({
      tool: "kustomize",
      folder: "apps",
      resources: ["apps/api.yaml", "apps/deep/er/web.yml", "apps/made"],
      filesOfWholeTree: true,
    });
    expect(found.claims).toEqual(expect.arrayContaining(["apps", "apps/made"]));
  });

  it("of a folder with a kustomization builds just that", async () => {
    const found = await recipesOf({
      ...API,
      "ks.yaml": kustomization("apps", "path: /apps/"),
      "apps/kustomization.yml": "resources: [api.yaml]",
    });
    expect(stepOf(named(found, "apps"))).toEqual({
      tool: "kustomize",
      folder: "apps",
      filesOfWholeTree: true,
    });
  });

  it("without a path takes the whole repository", async () => {
    const found = await recipesOf({ "source.yaml": SOURCE, "ks.yaml": kustomization("all", "prune: true") });
    expect(stepOf(named(found, "all"))).toMatchObject({ folder: "", resources: ["ks.yaml", "source.yaml"] });
  });

  it("lays its patches, images, components, names and labels over it", async () => {
    const found = await recipesOf({
      ...API,
      "parts/big/kustomization.yaml": "kind: Component",
      "ks.yaml": kustomization(
        "apps",
        `path: apps, components: [../parts/big], targetNamespace: shop, namePrefix: a-, nameSuffix: -z,
        commonMetadata: { labels: { team: shop }, annotations: { a: b } },
        images: [{ name: web, newTag: "2" }],
        patches: [{ patch: "- op: remove", target: { kind: Deployment } }],
        patchesStrategicMerge: [{ kind: Deployment, metadata: { name: api } }],
        patchesJson6902: [{ target: { kind: Job }, patch: [{ op: remove, path: /spec }] }]`,
      ),
    });
    expect(stepOf(named(found, "apps"))).toMatchObject({
      overrides: {
        components: ["parts/big"],
        namespace: "shop",
        namePrefix: "a-",
        nameSuffix: "-z",
        labels: [{ pairs: { team: "shop" } }],
        images: [{ name: "web", newTag: "2" }],
        patches: [
          { patch: expect.stringContaining('"name": "api"') as unknown },
          { patch: "- op: remove", target: { kind: "Deployment" } },
          { patch: expect.stringContaining('"/spec"') as unknown, target: { kind: "Job" } },
        ],
      },
    });
    expect(found.claims).toContain("parts/big");
  });

  it.each([
    ["path: ./nowhere", "missing-path"],
    ["path: ../../etc", "outside-tree"],
    ["path: apps, components: [../nowhere]", "missing-path"],
    ["path: apps, components: [../../../etc]", "outside-tree"],
    ['path: apps, components: ["https://git.example/acme/parts?ref=v1"]', "remote-base"],
    ["path: apps, suspend: true", "suspended"],
    ["path: [apps]", "invalid"],
  ])("with %s is refused as %s", async (spec, code) => {
    const found = await recipesOf({ ...API, "ks.yaml": kustomization("apps", spec) });
    expect(named(found, "apps").refused).toMatchObject({ code, file: "ks.yaml" });
  });

  it("may miss a component that it says it may", async () => {
    const spec = "path: apps, components: [../nowhere], ignoreMissingComponents: true";
    const found = await recipesOf({ ...API, "ks.yaml": kustomization("apps", spec) });
    expect(named(found, "apps").refused).toBeUndefined();
  });

  it("that is suspended still claims its folder", async () => {
    const found = await recipesOf({ ...API, "ks.yaml": kustomization("apps", "path: apps, suspend: true") });
    expect(found.claims).toContain("apps");
  });
});

describe("the source of a Kustomization", () => {
  it.each([
    ["tag: v1.0.0", "pinned-revision"],
    ['semver: ">=1.0.0"', "pinned-revision"],
    ["branch: main, commit: 0123abc", "pinned-revision"],
    ["name: refs/tags/v1", "pinned-revision"],
    ["name: refs/heads/main", undefined],
    ["branch: main", undefined],
  ])("at %s is %s", async (ref, code) => {
    const found = await recipesOf({
      ...API,
      "source.yaml": SOURCE.replace("branch: main", ref),
      "ks.yaml": kustomization("apps", "path: apps"),
    });
    expect(named(found, "apps").refused?.code).toBe(code);
  });

  it("that no file declares is refused, but the one that bootstrapping makes", async () => {
    const files = {
      "apps/api.yaml": deployment("api"),
      "one.yaml": kustomization("lost", "path: apps"),
      "two.yaml": kustomization("booted", "path: apps").replace("name: platform", "name: flux-system"),
    };
    const found = await recipesOf(files);
    expect(named(found, "lost").refused?.code).toBe("source-not-found");
    expect(named(found, "booted").refused).toBeUndefined();
  });

  it("with one name in two clusters is the one of the own cluster", async () => {
    const other = SOURCE.replace("acme/platform", "acme/other");
    const found = await recipesOf({
      "apps/api.yaml": deployment("api"),
      "clusters/eu/source.yaml": SOURCE,
      "clusters/eu/ks.yaml": kustomization("eu", "path: apps"),
      "clusters/us/source.yaml": other,
      "clusters/us/ks.yaml": kustomization("us", "path: apps"),
      "ks.yaml": kustomization("neither", "path: apps"),
    });
    expect(named(found, "eu").refused).toBeUndefined();
    expect(named(found, "us").refused?.code).toBe("other-repository");
    expect(named(found, "neither").refused?.code).toBe("ambiguous-reference");
  });

  it("never shows the password in its address", async () => {
    const found = await recipesOf({
      ...API,
      "source.yaml": SOURCE.replace(
        "ssh://git@git.example/acme/platform.git",
        "https://me:hunter2@x.example/y",
      ),
      "ks.yaml": kustomization("apps", "path: apps"),
    });
    expect(named(found, "apps").refused?.message).toContain("https://x.example/y");
  });
});

describe("the variables of a Kustomization", () => {
  const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: flux-system }
data: { DOMAIN: a.example, CPU: 100m }
`;
  const secret = `apiVersion: v1
kind: Secret
metadata: { name: secrets, namespace: flux-system }
stringData: { TOKEN: "ENC[AES256_GCM,data:c2VjcmV0,type:str]", REGION: eu }
data: { ZONE: ZXUtMQ== }
sops: { mac: "ENC[x]", lastmodified: "2026-03-01T10:00:00Z" }
`;

  it("come from ConfigMaps and Secrets in order, and the inline ones win", async () => {
    const from = "substituteFrom: [{ kind: ConfigMap, name: settings }, { kind: Secret, name: secrets }]";
    const found = await recipesOf({
      ...API,
      "settings.yaml": settings,
      "secret.yaml": secret,
      "ks.yaml": kustomization("apps", `path: apps, postBuild: { substitute: { CPU: 250m, N: 3 }, ${from} }`),
    });
    expect(stepOf(named(found, "apps")).substitute).toEqual({
      DOMAIN: "a.example",
      CPU: "250m",
      N: "3",
      // Encrypted: the expression stays, to be seen.
      TOKEN: "${TOKEN}",
      REGION: "eu",
      ZONE: "eu-1",
    });
  });

  it("that only a missing object has stay as they are written, unless they have a default", async () => {
    const files = {
      "source.yaml": SOURCE,
      "apps/api.yaml": `${deployment("api")}# \${HOST} \${HOST^^} \${N:=2} $\${PLAIN} \${CPU}`,
    };
    const spec = (optional: string): string =>
      `path: apps, postBuild: { substitute: { CPU: 1 }, substituteFrom: [{ kind: Secret, name: gone${optional} }] }`;
    const needed = await recipesOf({ ...files, "ks.yaml": kustomization("apps", spec("")) });
    expect(stepOf(named(needed, "apps")).substitute).toEqual({ CPU: "1", HOST: "${HOST}" });
    const optional = await recipesOf({
      ...files,
      "ks.yaml": kustomization("apps", spec(", optional: true")),
    });
    expect(stepOf(named(optional, "apps")).substitute).toEqual({ CPU: "1" });
  });
});
