import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layered } from "../../src/config/layered.ts";
import { widenings } from "../../src/config/narrower.ts";
import { policySchema } from "../../src/config/policy.ts";
import { parsePresetName, presetText } from "../../src/config/preset-name.ts";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";

describe("the name of a preset", () => {
  it.each([
    ["acme/presets", "acme/presets//loadline.yml"],
    ["Acme/Presets@v2", "acme/presets//loadline.yml@v2"],
    ["acme/presets//teams/Shop.yml", "acme/presets//teams/Shop.yml"],
    ["acme/.github//a.yml@feature/x", "acme/.github//a.yml@feature/x"],
  ])("%s means %s", (text, meant) => {
    const name = parsePresetName(text);
    expect(name && presetText(name)).toBe(meant);
  });

  it.each([
    "acme",
    "acme/presets/x.yml",
    "acme/presets//../x.yml",
    "acme/presets///etc/passwd",
    "acme/..",
    "acme/presets//a b.yml",
    "acme/presets@",
    "https://github.com/acme/presets",
  ])("%s is none", (text) => expect(parsePresetName(text)).toBeUndefined());
});

describe("files laid over each other", () => {
  const read = (text: string) => parseRepositoryFile(`version: 1\n${text}`);

  it("leave what the later one does not say", () => {
    const { policy, policies, ignore } = layered([
      read(
        "policy: { profile: safe, bounds: { cpu: { min: 1, max: 2 }, memory: { min: 1Gi, max: 2Gi } } }\npolicies: [{ name: a, weight: 1 }, { name: b }]\nignore: [{ workload: Deployment/shop/api, reason: theirs }]",
      ),
      read(
        "policy: { mode: disabled, bounds: { cpu: { min: 1, max: 3 } } }\npolicies: [{ name: a, weight: 7 }]\nignore: [{ workload: Deployment/shop/api, reason: ours }]",
      ),
    ]);
    expect(policy).toEqual({
      mode: "disabled",
      profile: "safe",
      bounds: { cpu: { min: "1", max: "3" }, memory: { min: "1Gi", max: "2Gi" } },
    });
    expect(policies.map(({ name, weight }) => [name, weight])).toEqual([
      ["b", 100],
      ["a", 7],
    ]);
    expect(ignore.map(({ reason }) => reason)).toEqual(["ours", "theirs"]);
  });

  it("are no wider than the widest of them", () => {
    const operator = policySchema.parse({ mode: "recommend", minimumSamples: 50 });
    const policy = fc.record(
      {
        mode: fc.constantFrom("disabled", "recommend"),
        profile: fc.constantFrom("balanced", "safe"),
        minimumSamples: fc.integer({ min: 50, max: 500 }),
        bounds: fc.record(
          { cpu: fc.record({ min: fc.constant("20m"), max: fc.constantFrom("1", "32") }) },
          { requiredKeys: [] },
        ),
        guards: fc.record(
          { unevenPods: fc.constantFrom(1, 1.5), daysOfNewImage: fc.integer({ min: 3, max: 9 }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 4 }), (policies) => {
        const files = policies.map((one) => parseRepositoryFile(JSON.stringify({ version: 1, policy: one })));
        expect(widenings(layered(files).policy, operator)).toEqual([]);
      }),
    );
  });
});
