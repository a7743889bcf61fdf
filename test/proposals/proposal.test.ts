import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlannedContainer } from "../../src/proposals/evidence.ts";
import { readMarker } from "../../src/proposals/marker.ts";
import { type Proposal, propose, unifiedDiff } from "../../src/proposals/proposal.ts";
import { HOSTILE, METHOD, type Place, planned } from "./planned.ts";

function proposals(...containers: readonly PlannedContainer[]): Proposal[] {
  const files = new Set(containers.flatMap(({ source }) => source.at?.fields["requests.cpu"].file ?? []));
  return propose(
    "acme/shop",
    [...files].map((file) => ({ path: file, before: "a", after: "b" })),
    containers,
    METHOD,
  );
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
      { folder: "a", files: [{ path: "a/api.yaml" }], containers: [{}], branch: "loadline/a" },
      { folder: "b", files: [{ path: "b/api.yaml" }], containers: [{}] },
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
    });
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
