import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Substituted, substituteVariables } from "../../../src/gitops/render/flux-postbuild.ts";

const VARIABLES = {
  CPU: "250m",
  N: "3",
  ON: "yes",
  MODE: "0777",
  PORTS: "8080:53",
  BREAKS: "a\nb",
  SPLIT: "a: b",
};

function substituted(object: unknown): unknown {
  const result = substituteVariables([object], VARIABLES);
  if ("refused" in result) throw new Error(result.refused.message);
  return result.objects[0];
}

describe("postBuild", () => {
  test("substitutes in every text, in whatever quotes it stood, and numbers become numbers", () => {
    const object = {
      kind: "Deployment",
      metadata: { name: "api-${N}", annotations: { "${N}": "x" } },
      spec: { replicas: "${N}", cpu: "${CPU}", memory: "${MEMORY:=1Gi}", list: ["*.${N}", "${N}.5"] },
    };
    expect(substituted(object)).toEqual({
      kind: "Deployment",
      metadata: { name: "api-3", annotations: { 3: "x" } },
      spec: { replicas: 3, cpu: "250m", memory: "1Gi", list: ["*.3", 3.5] },
    });
  });

  test("reads what it made as the cluster does", () => {
    expect(substituted({ a: "${ON}", b: "${MODE}", c: "${PORTS}", d: "${BREAKS}", e: "$${ON}" })).toEqual({
      a: true,
      b: 511,
      c: "8080:53",
      d: "ab",
      e: "${ON}",
    });
  });

  test("keeps long lines, blocks and everything without a variable", () => {
    const object = {
      long: `${"word ".repeat(60)}\${N}`,
      block: "#!/bin/sh\necho ${N}\n  indented\n",
      same: ["yes", "1", "", null, 1.5, { deep: "a: b #c" }],
    };
    expect(substituted(object)).toEqual({
      ...object,
      long: `${"word ".repeat(60)}3`,
      block: "#!/bin/sh\necho 3\n  indented\n",
    });
  });

  test.each(["labels", "annotations"])("leaves alone what is switched off by its %s", (where) => {
    const object = {
      metadata: { [where]: { "kustomize.toolkit.fluxcd.io/substitute": "disabled" } },
      a: "${N} ${bad !}",
    };
    expect(substituted(object)).toBe(object);
  });

  test("does nothing without a variable, not even for defaults", () => {
    const objects = [{ a: "${N:-1} $$" }];
    expect(substituteVariables(objects, {})).toEqual({ objects, unset: [] });
  });

  test("says which variables have no value", () => {
    expect(substituteVariables([{ a: "${B} ${A:-1} ${N}" }], VARIABLES)).toMatchObject({
      objects: [{ a: "1 3" }],
      unset: ["A", "B"],
    } satisfies Partial<Substituted>);
  });

  test.each([
    [{ "1A": "x" }, { a: "" }, "1A is no name of a variable"],
    [{ "A\n": "x" }, { a: "" }, '"A\\n" is no name of a variable'],
    [
      VARIABLES,
      { kind: "A", metadata: { name: "x" }, a: "${N!}" },
      'A/x: "${N!}" is no expression that Flux knows',
    ],
    [
      VARIABLES,
      { kind: "A", metadata: { name: "x" }, a: "${SPLIT}" },
      /^A\/x is no YAML after the substitution: /,
    ],
  ])("refuses what Flux refuses: %j in %j", (variables, object, message) => {
    expect(substituteVariables([object], variables)).toEqual({
      refused: {
        code: "flux-substitution",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      },
    });
  });

  test("refuses a variable without value where Flux is strict", () => {
    expect(substituteVariables([{ a: "${NONE}" }], VARIABLES, { strict: true })).toMatchObject({
      refused: { message: "an object: the variable NONE is not set" },
    });
  });

  test("changes no object that has no variable", () => {
    const json = fc
      .jsonValue({ stringUnit: "grapheme" })
      .filter((value) => !JSON.stringify(value).includes("$"));
    fc.assert(
      fc.property(json, (value) => {
        expect(substituted({ value, marker: "${N}" })).toEqual({ value, marker: 3 });
      }),
    );
  });
});
