import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { presetText } from "../../src/config/preset-name.ts";
import { operatorPolicies } from "../../src/sweep/policy.ts";
import { resolvePresets } from "../../src/sweep/own-file/presets.ts";

const FILE = ".github/loadline.yml";
const allowed = operatorPolicies(
  parseConfig("version: 1\nclusters: [{ name: prod, metricsFile: a.om }]\n", "loadline.yaml"),
);

/** Presets by name, each as it is now and as it was before, newest first. */
async function resolve(text: string, presets: Record<string, readonly [string | undefined, ...string[]]>) {
  const reads: string[] = [];
  const resolved = await resolvePresets(text, FILE, {
    allowed,
    mayExtend: (repository) => repository.startsWith("acme/"),
    from: {
      read: async (name) => {
        reads.push(presetText(name));
        const now = presets[presetText(name)]?.[0];
        return await Promise.resolve(
          now === undefined ? { missing: "there is no such file" } : { text: now },
        );
      },
      async *earlier(name) {
        const before = presets[presetText(name)]?.slice(1) ?? [];
        for (const [index, one] of before.entries())
          yield await Promise.resolve({ commit: `${index}`.repeat(40), text: one ?? "" });
      },
    },
  });
  return { ...resolved, reads };
}

const P = "acme/p//loadline.yml";

describe("what a file extends", () => {
  it("counts below it, and of a list the later one over the earlier", async () => {
    const { own, faults } = await resolve(
      "version: 1\nextends: [acme/p, 'acme/q//x.yml@v1']\npolicy: { mode: disabled }\n",
      {
        [P]: ["version: 1\npolicy: { profile: safe, minimumSamples: 200 }\n"],
        "acme/q//x.yml@v1": ["version: 1\npolicy: { mode: recommend, minimumSamples: 300 }\n"],
      },
    );
    expect(faults).toEqual([]);
    expect(own?.policy).toEqual({ mode: "disabled", profile: "safe", minimumSamples: 300 });
  });

  it("may extend others, also the same by two ways", async () => {
    const { own, faults } = await resolve("version: 1\nextends: [acme/a, acme/b]\n", {
      "acme/a//loadline.yml": ["version: 1\nextends: acme/p\n"],
      "acme/b//loadline.yml": ["version: 1\nextends: acme/p\n"],
      [P]: ["version: 1\npolicy: { profile: safe }\n"],
    });
    expect(faults).toEqual([]);
    expect(own?.policy).toEqual({ profile: "safe" });
  });

  it.each([
    [
      "leads back to itself",
      { [P]: ["version: 1\nextends: acme/q\n"], "acme/q//loadline.yml": ["version: 1\nextends: acme/p\n"] },
      `acme/q//loadline.yml:2:1: extends ${P}: leads back to itself, by ${P} → acme/q//loadline.yml → ${P}`,
    ],
    ["is absent", {}, `${FILE}:2:1: extends ${P}: there is no such file`],
    [
      "is no preset, of which nothing is told",
      { [P]: ["password: hunter2\n"] },
      `${FILE}:2:1: extends ${P}: is no preset, since it does not say "version: 1"`,
    ],
    ["has a fault", { [P]: ["version: 1\npolicie: 1\n"] }, `${P}:2:1: unknown key "policie"`],
    [
      "goes beyond the operator's configuration",
      { [P]: ["version: 1\npolicy:\n  mode: auto\n"] },
      `${P}:3:3: policy.mode: auto is more than`,
    ],
  ] as const)("is refused with its place where it %s", async (_, presets, said) => {
    const { own, faults } = await resolve("version: 1\nextends: acme/p\n", presets);
    expect(own).toBeUndefined();
    expect(faults).toEqual([expect.stringContaining(said)]);
  });

  it("is not even looked at where it belongs to another owner", async () => {
    const { own, faults, reads } = await resolve("version: 1\nextends:\n  - other/p\n", {
      "other/p//loadline.yml": ["version: 1\n"],
    });
    expect([own, reads]).toEqual([undefined, []]);
    expect(faults).toEqual([
      `${FILE}:3:5: extends other/p//loadline.yml: belongs to another owner, and the operator's configuration does not name it in presets`,
    ]);
  });

  it("counts as it was at its newest good version while it has a fault or is gone", async () => {
    for (const now of ["version: 1\npolicies: 7\n", undefined]) {
      const { own, faults, inForce } = await resolve("version: 1\nextends: acme/p\n", {
        [P]: [now, "version: 2\n", "version: 1\npolicy: { profile: safe }\n"],
      });
      expect(own?.policy).toEqual({ profile: "safe" });
      expect(faults).toHaveLength(1);
      expect(inForce).toEqual([`${P} as it was at 1111111111`]);
    }
  });

  it("ends, however many presets ask for more", async () => {
    const wide = (next: number) =>
      `version: 1\nextends: [${Array.from({ length: 20 }, () => `acme/p${next}`).join(", ")}]\n`;
    const presets = Object.fromEntries(
      [1, 2, 3].map((depth) => [`acme/p${depth}//loadline.yml`, [wide(depth + 1)] as const]),
    );
    const { own, faults, reads } = await resolve(wide(1), {
      ...presets,
      "acme/p4//loadline.yml": ["version: 1\n"],
    });
    expect(own).toBeUndefined();
    expect(faults.join("\n")).toContain("is one of too many presets");
    expect(reads.length).toBeLessThanOrEqual(100);
  });
});
