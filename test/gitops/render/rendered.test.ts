import { describe, expect, test } from "vitest";
import { cleanMessage, shownName } from "../../../src/gitops/render/message.ts";
import { parseRendered } from "../../../src/gitops/render/rendered.ts";

describe("rendered output", () => {
  test("is read as the cluster reads it: the last of two equal keys counts, merge keys merge", () => {
    expect(
      parseRendered("a: 1\na: 2\n---\n# nothing\n---\nb: {<<: {c: 1}, d: 2}\n__proto__: {x: 1}\n"),
    ).toEqual({
      objects: [{ a: 2 }, { b: { c: 1, d: 2 }, ["__proto__"]: { x: 1 } }],
      templates: [undefined, undefined],
    });
  });

  test("may hold lines in brackets and quotes that stand as far left as their key", () => {
    const text = `a:\n  command: [ "sh",\n  "-c",\n  "one &&\n  two" ]\n  b: "x\n  y"\n`;
    expect(parseRendered(text)).toMatchObject({
      objects: [{ a: { command: ["sh", "-c", "one && two"], b: "x y" } }],
    });
  });

  test("keeps the template of each object, also of several from one file", () => {
    const text =
      "---\n# Source: web/crds/c.yaml\na: 1\n---\na: 2\n---\n# Source: web/templates/x.yaml\na: 3\n";
    expect(parseRendered(text)).toEqual({
      objects: [{ a: 1 }, { a: 2 }, { a: 3 }],
      templates: ["web/crds/c.yaml", "web/crds/c.yaml", "web/templates/x.yaml"],
    });
  });

  test.each([
    ["is broken", "---\n# Source: web/templates/x.yaml\na: b: c\n", "yaml-invalid"],
    ["is nested without end", "[".repeat(100_000), "yaml-too-deep"],
    ["is full of aliases", bomb(), "yaml-bomb"],
    ["refers to itself", "a: &a [*a]\n", "yaml-bomb"],
  ])("that %s is refused in short time", (_, text, code) => {
    const started = performance.now();
    expect(parseRendered(text)).toMatchObject({ refused: { code } });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("with a few aliases is no bomb", () => {
    expect(parseRendered("a: &a {x: 1}\nb: *a\nc: *a\n")).toMatchObject({
      objects: [{ a: { x: 1 }, b: { x: 1 }, c: { x: 1 } }],
    });
  });
});

describe("a program's message", () => {
  test.each([
    ["WARNING: x\n\nError: it broke\n\nUse --debug", "it broke"],
    ["Error: values don't meet:\nweb:\n- x\n", "values don't meet: web:"],
    ["", "it failed without a message"],
    ["Error: \u001B[31mred\u001B[0m \u001B]8;;http://x\u0007link\u202Etxt\u0000", "red link txt "],
    ["Error: GET https://user:hunter2@example.org/x: no", "GET https://…@example.org/x: no"],
    ["Error: token=hunter2hunter2 Bearer hunter2hunter2 ghp_hunter2hunter2", "token=… Bearer … …"],
    ["Error: open /tmp/tree/app/x.yaml and /tmp/tree", "open app/x.yaml and ."],
  ])("%j is shown as %j", (output, shown) => {
    expect(cleanMessage(output, new Map([["/tmp/tree", ""]]))).toBe(shown);
  });

  test("that is long keeps its beginning and its end", () => {
    const shown = cleanMessage(`Error: begin ${"x".repeat(5000)} end`);
    expect(shown).toMatch(/^begin x+ … x+ end$/);
    expect(shown.length).toBeLessThan(410);
  });

  test("shows a strange name in quotes", () => {
    expect(shownName("apps/web-1.yaml")).toBe("apps/web-1.yaml");
    expect(shownName("a\n\u001B[31mb\u202E")).toBe('"a\\n\\u001b[31mb "');
  });
});

function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const below = Array.from({ length: 9 }, () => `*a${level}`).join(",");
    return `a${level + 1}: &a${level + 1} [${below}]`;
  });
  return ["a0: &a0 [x]", ...levels].join("\n");
}
