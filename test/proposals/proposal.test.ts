import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlannedContainer } from "../../src/proposals/evidence.ts";
import { groupsOf } from "../../src/proposals/groups.ts";
import { readMarker } from "../../src/proposals/marker.ts";
import { type Proposal, propose, unifiedDiff } from "../../src/proposals/proposal.ts";
import { HOSTILE, METHOD, type Place, planned } from "./planned.ts";

function proposals(...containers: readonly PlannedContainer[]): Proposal[] {
  const files = new Set(containers.flatMap(({ source }) => source.files ?? []));
  const changed = [...files].map((file) => ({ path: file, before: "a", after: "b" }));
  return groupsOf(containers).flatMap((group) => propose("acme/shop", group, changed, METHOD) ?? []);
}

function one(place: Place = {}): Proposal {
  const [proposal] = proposals(planned(place));
  if (!proposal) throw new Error("nothing was proposed");
  return proposal;
}

describe("proposals", () => {
  it("are one for each folder, in order, with its proven containers and their files", () => {
    const unproven = { ...planned({ folder: "b", name: "web" }), source: { status: "unmapped" as const } };
    const made = proposals(planned({ folder: "b" }), unproven, planned({ folder: "a" }));
    expect(made).toMatchObject([
      { group: { name: "a" }, files: [{ path: "a/api.yaml" }], containers: [{}], branch: "loadline/a" },
      { group: { name: "b" }, files: [{ path: "b/api.yaml" }], containers: [{}] },
    ]);
    expect(made[0]?.title).toBe("Right-size a: −1.3 cores");
    expect(proposals(unproven)).toEqual([]);
  });

  it("carry a marker with their fingerprint", () => {
    const proposal = one();
    expect(readMarker(proposal.body)).toEqual({
      version: 1,
      workloads: ["main Deployment/shop/api app"],
      fingerprint: proposal.fingerprint,
      base: expect.stringMatching(/^[0-9a-f]{16}$/),
      proposed: { "main Deployment/shop/api app": { "requests.cpu": "350m" } },
      before: { "main Deployment/shop/api app": { "requests.cpu": "1" } },
    });
  });
});

describe("applications that share a file", () => {
  const editing = (container: PlannedContainer, ...files: readonly string[]): PlannedContainer => ({
    ...container,
    source: { ...container.source, files },
  });

  it("are one proposal, under the folder that comes first", () => {
    const made = proposals(
      planned({ folder: "overlays/prod", file: "base/api.yaml", name: "api" }),
      planned({ folder: "overlays/dev", file: "base/api.yaml", name: "api", cluster: "dev" }),
      planned({ folder: "overlays/other" }),
    );
    expect(made).toMatchObject([
      {
        group: { name: "overlays/dev" },
        branch: "loadline/overlays-dev",
        files: [{ path: "base/api.yaml" }],
      },
      { group: { name: "overlays/other" }, files: [{ path: "overlays/other/api.yaml" }] },
    ]);
    expect(made[0]?.containers.map(({ cluster }) => cluster)).toEqual(["dev", "main"]);
    expect(readMarker(made[0]?.body ?? "")?.workloads).toEqual([
      "dev Deployment/shop/api app",
      "main Deployment/shop/api app",
    ]);
  });

  it("are joined also by a third that shares a file with each of them", () => {
    const [made, ...more] = proposals(
      planned({ folder: "a" }),
      planned({ folder: "b" }),
      editing(planned({ folder: "c" }), "a/api.yaml", "b/api.yaml"),
    );
    expect(more).toEqual([]);
    expect(made).toMatchObject({
      group: { name: "a" },
      files: [{ path: "a/api.yaml" }, { path: "b/api.yaml" }],
    });
    expect(made?.containers).toHaveLength(3);
  });

  it("are not joined by a folder alone, nor by what is not proven", () => {
    const { source, ...rest } = planned({ folder: "b", file: "a/api.yaml" });
    const unproven: PlannedContainer = {
      ...rest,
      source: { status: "refused", ...(source.at ? { at: source.at } : {}) },
    };
    expect(proposals(planned({ folder: "a" }), unproven, planned({ folder: "a/b" }))).toMatchObject([
      { group: { name: "a" }, containers: [{}] },
      { group: { name: "a/b" }, containers: [{}] },
    ]);
  });

  it("leave every file and every container in exactly one proposal, whatever the order", () => {
    const letter = fc.constantFrom("a", "b", "c", "d", "e");
    const container = fc.record({
      folder: letter,
      files: fc.uniqueArray(letter, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        fc.array(container, { maxLength: 8 }).chain((given) => {
          const all = given.map(({ folder, files }, index) =>
            editing(planned({ folder, name: `w${index}` }), ...files.map((file) => `${file}.yaml`)),
          );
          return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }));
        }),
        ([all, shuffled]) => {
          const made = proposals(...all);
          const sorted = (texts: readonly string[]): string[] => texts.toSorted();
          const files = made.flatMap((one) => one.files.map(({ path: file }) => file));
          expect(sorted(files)).toEqual(
            sorted([...new Set(all.flatMap(({ source }) => source.files ?? []))]),
          );
          expect(
            sorted(made.flatMap(({ containers }) => containers.map(({ workload }) => workload.name))),
          ).toEqual(sorted(all.map(({ workload }) => workload.name)));
          for (const { containers, files: own } of made)
            for (const { source } of containers)
              expect(own.map(({ path: file }) => file)).toEqual(
                expect.arrayContaining([...(source.files ?? [])]),
              );
          const essence = (one: Proposal): string => `${one.branch} ${one.fingerprint}`;
          expect(sorted(proposals(...shuffled).map(essence))).toEqual(sorted(made.map(essence)));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("applications of Argo CD", () => {
  it("give a proposal and its branch their name, in the folder that declares them", () => {
    const made = proposals(
      planned({ folder: "clusters/prod", application: "web", file: "charts/web/values-prod.yaml" }),
      planned({ folder: "clusters/prod", application: "api", file: "charts/api/values-prod.yaml" }),
    );
    expect(made).toMatchObject([
      { group: { name: "clusters/prod/api" }, branch: "loadline/clusters-prod-api" },
      { group: { name: "clusters/prod/web" }, branch: "loadline/clusters-prod-web" },
    ]);
    expect(made[0]?.title).toMatch(/^Right-size clusters\/prod\/api: /);
  });

  it("of two clusters that share a values file are one proposal", () => {
    const file = "charts/api/values.yaml";
    const made = proposals(
      planned({ folder: "clusters/prod", application: "api", file }),
      planned({ folder: "clusters/dev", application: "api", file, cluster: "dev" }),
    );
    expect(made).toMatchObject([
      { group: { name: "clusters/dev/api" }, files: [{ path: file }], containers: [{}, {}] },
    ]);
  });

  it("at the root are named without a folder", () => {
    expect(one({ folder: ".", application: "api" })).toMatchObject({
      group: { name: "api" },
      branch: "loadline/api",
    });
  });

  it.each(HOSTILE.filter((name) => name !== ""))("git takes the branch of the one named %j", async (name) => {
    const { branch } = one({ folder: "apps", application: name });
    expect(branch).toMatch(/^loadline\/[a-z0-9-]{1,80}$/);
    await execa("git", ["check-ref-format", "--branch", branch]);
  });
});

describe("branches", () => {
  it("no two folders share one", () => {
    const name = fc.oneof(
      fc.constantFrom("", "root", "a", "a/b", "a-b", "A/b", "a//b", "a.b", "-a", "ä"),
      fc.stringMatching(/^[ab/.-]{1,6}$/),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (folders) => {
        const branches = folders.map((folder) => one({ folder }).branch);
        expect(new Set(branches).size).toBe(folders.length);
      }),
      { numRuns: 300 },
    );
  });

  it("a folder can't be named like the hash of another", () => {
    const hashed = one({ folder: "a-b" }).branch.replace("loadline/", "").replace(/^a-b-/, "a/b/");
    expect(one({ folder: hashed }).branch).not.toBe(one({ folder: "a-b" }).branch);
  });

  it.each([...HOSTILE, "a".repeat(500), "a..b", "a.lock", "~^:?*[", ".hidden"])(
    "git takes the one of %j",
    async (folder) => {
      const { branch } = one({ folder });
      expect(branch).toMatch(/^loadline\/[a-z0-9-]{1,80}$/);
      await execa("git", ["check-ref-format", "--branch", branch]);
    },
  );
});

describe("the fingerprint", () => {
  const fingerprint = (place: Place = {}): string => one(place).fingerprint;

  it("stays when unrelated lines, documents and clusters come and go", () => {
    expect(fingerprint({ line: 99, document: 3 })).toBe(fingerprint());
    const [same] = proposals(planned(), planned({ cluster: "other" }));
    expect(same?.fingerprint).toBe(fingerprint());
    const [a, b] = [planned(), planned({ name: "web" })];
    expect(proposals(a, b)[0]?.fingerprint).toBe(proposals(b, a)[0]?.fingerprint);
  });

  it.each([{ cpu: "360m" }, { file: "apps/other.yaml" }, { name: "web" }, { container: "proxy" }])(
    "changes with %j",
    (place) => {
      expect(fingerprint(place)).not.toBe(fingerprint());
    },
  );
});

describe("titles", () => {
  it.each([...HOSTILE, `${"x/".repeat(400)}y`, "😀".repeat(200)])(
    "of the folder %j are one short line",
    (folder) => {
      const { title } = one({ folder });
      expect(title.length).toBeLessThanOrEqual(256);
      expect(title).not.toMatch(/[\n\r]|@\w|#\d/);
      expect(title.isWellFormed()).toBe(true);
    },
  );
});

describe("diffs", () => {
  it.each([
    ["a.yaml", "a: 1\nb: 2\n", "a: 1\nb: 3\n"],
    ["a b/ü.yaml", "a: 1\r\nb: 2\r\n", "a: 1\r\nb: 3\r\n"],
    ["a.yaml", "a: 1", "a: 2"],
    ["a.yaml", "x\n++ y\t\n-- z\t\n", "x\n++ w\t\n-- v\t\n"],
    ["a.yaml", "====\na\n", "====\nb\n"],
  ])("of %s apply with git", async (file, before, after) => {
    const folder = await mkdtemp(path.join(tmpdir(), "diff-"));
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), before);
    await execa("git", ["apply", "--whitespace=nowarn"], {
      cwd: folder,
      input: unifiedDiff({ path: file, before, after }),
    });
    expect(await readFile(path.join(folder, file), "utf8")).toBe(after);
    await rm(folder, { recursive: true });
  });
});
