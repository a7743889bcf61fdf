import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { editYaml, type ScalarChange } from "../../src/manifests/edit-yaml.ts";
import type { KeyPath } from "../../src/manifests/key-path.ts";

const CPU: KeyPath = ["spec", "containers", 0, "resources", "requests", "cpu"];
const MEMORY: KeyPath = ["spec", "containers", 0, "resources", "requests", "memory"];

function edited(text: string, ...changes: [KeyPath, string | null, number?][]): string {
  const result = editYaml(
    text,
    changes.map(([path, value, document = 0]): ScalarChange => ({ document, path, value })),
  );
  return "refused" in result ? `REFUSED ${result.refused.code}` : result.text;
}

function pod(container: string): string {
  return `spec:\n  containers:\n${container}`;
}

describe("replacing a value", () => {
  it("keeps quotes, comments, odd spacing and everything around", () => {
    const before = pod(
      `    - name: "a"   # the app\n      resources:\n        requests: { cpu: '100m',   memory: "1Gi" } # tuned\n`,
    );
    expect(edited(before, [CPU, "250m"], [MEMORY, "2Gi"])).toBe(
      before.replace("'100m'", "'250m'").replace('"1Gi"', '"2Gi"'),
    );
  });

  it("keeps CRLF line endings and a missing final newline", () => {
    const before = pod("    - name: a\n      resources:\n        requests:\n          cpu: 1").replaceAll(
      "\n",
      "\r\n",
    );
    expect(edited(before, [CPU, "250m"])).toBe(before.replace("cpu: 1", "cpu: 250m"));
  });

  it("fills a key that has no value yet", () => {
    const before = pod(
      "    - name: a\n      resources:\n        requests:\n          cpu: # soon\n          memory: 1Gi\n",
    );
    expect(edited(before, [CPU, "250m"])).toBe(before.replace("cpu:", "cpu: 250m"));
  });

  it("edits the right document of a stream", () => {
    const one = pod("  - name: a\n    resources: {requests: {cpu: 1}}\n");
    const text = `# head\n---\n${one}---\n${one}`;
    const result = edited(text, [CPU, "2", 1]);
    expect(result).toBe(`# head\n---\n${one}---\n${one.replace("cpu: 1", "cpu: 2")}`);
  });

  it("writes JSON into JSON", () => {
    const before = `{"spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": 1}}}]}}`;
    expect(edited(before, [CPU, "250m"], [MEMORY, "1Gi"])).toBe(
      before.replace(`{"cpu": 1}`, `{"cpu": "250m", "memory": "1Gi"}`),
    );
  });

  it("writes JSON into an empty map of JSON", () => {
    const before = `{"spec": {"containers": [{"name": "a", "resources": {}}]}}`;
    expect(edited(before, [CPU, "250m"])).toBe(
      before.replace(`"resources": {}`, `"resources": {"requests": {"cpu": "250m"}}`),
    );
  });
});

describe("adding what is missing", () => {
  it("puts resources behind the container's ports and in front of its probes", () => {
    expect(
      edited(
        pod(
          "    - name: a\n      ports:\n        - containerPort: 80\n          # web\n      livenessProbe:\n        exec: {}\n",
        ),
        [CPU, "250m"],
      ),
    ).toBe(
      pod(
        "    - name: a\n      ports:\n        - containerPort: 80\n      resources:\n        requests:\n          cpu: 250m\n          # web\n      livenessProbe:\n        exec: {}\n",
      ).replace(
        "      resources:\n        requests:\n          cpu: 250m\n          # web\n",
        "      resources:\n        requests:\n          cpu: 250m\n          # web\n",
      ),
    );
  });

  it.each([
    ["resources: {}", "resources:"],
    ["resources: {} # none", "resources: # none"],
    ["resources:", "resources:"],
    ["resources: # later", "resources: # later"],
    ["resources: null", "resources:"],
    ["resources: ~", "resources:"],
  ])("turns `%s` into a block", (before, after) => {
    expect(edited(pod(`  - ${before}\n    name: a\n`), [CPU, "1"], [MEMORY, "1Gi"])).toBe(
      pod(`  - ${after}\n      requests:\n        cpu: 1\n        memory: 1Gi\n    name: a\n`),
    );
  });

  it("adds a sibling with the file's own indentation, ending and missing final newline", () => {
    const before =
      "spec:\r\n    containers:\r\n    -   name: a\r\n        resources:\r\n            requests:\r\n                cpu: 1";
    expect(edited(before, [MEMORY, "1Gi"])).toBe(`${before}\r\n                memory: 1Gi`);
  });

  it("stays inside the braces of a flow map", () => {
    const before = pod("    - {name: a, resources: {limits: {cpu: 1}}}\n");
    expect(edited(before, [CPU, "250m"])).toBe(before.replace("{cpu: 1}", "{cpu: 1}, requests: {cpu: 250m}"));
  });

  it.each([
    ["{r: null}", "{r: {c: 2}}"],
    ["{r: , s: 1}", "{r: {c: 2} , s: 1}"],
    ["{r: {}}", "{r: {c: 2}}"],
    [`{"r": null}`, `{"r": {"c": "2"}}`],
  ])("fills what is empty in the flow map %s", (before, after) => {
    expect(edited(before, [["r", "c"], "2"])).toBe(after);
  });

  it("keeps a byte order mark, and stays in front of the end of a document", () => {
    expect(edited("\ufeffa: 1\n", [["a"], "2"])).toBe("\ufeffa: 2\n");
    expect(edited("a:\n  b: 1\n...\n---\nc: 1\n", [["a", "c"], "2"])).toBe(
      "a:\n  b: 1\n  c: 2\n...\n---\nc: 1\n",
    );
  });

  it("goes behind a block scalar, not into it", () => {
    const before = pod(
      "    - name: a\n      args:\n        - |\n          echo hi\n\n      image: b\n    - name: c\n",
    );
    expect(parse(edited(before, [CPU, "1"]))).toEqual({
      spec: {
        containers: [
          { name: "a", args: ["echo hi\n"], image: "b", resources: { requests: { cpu: 1 } } },
          { name: "c" },
        ],
      },
    });
  });

  it("writes keys into a file that has only comments", () => {
    expect(edited("# values\n", [["app", "resources", "requests", "cpu"], "250m"])).toBe(
      "# values\napp:\n  resources:\n    requests:\n      cpu: 250m\n",
    );
    expect(edited("", [["on", "cpu"], "1"])).toBe("on:\n  cpu: 1\n");
  });
});

describe("refusing", () => {
  it.each([
    ["shared-anchor", "x: &r {cpu: 1}\ny: *r\n", ["x", "cpu"]],
    ["shared-anchor", "x: {cpu: &c 1}\ny: *c\n", ["x", "cpu"]],
    ["alias", "x: &r {cpu: 1}\ny: *r\n", ["y", "cpu"]],
    ["alias", "x: &c 1\ny: {cpu: *c}\n", ["y", "cpu"]],
    ["merge-key", "x: &r {cpu: 1}\ny:\n  <<: *r\n", ["y", "cpu"]],
    ["duplicate-keys", "x: {cpu: 1}\nx: {cpu: 2}\n", ["x", "cpu"]],
    ["yaml-invalid", "x: {{ .Values.cpu }}\ny: [\n", ["x"]],
    ["templated-value", "x: {cpu: '${CPU}'}\n", ["x", "cpu"]],
    ["not-a-scalar", "x:\n  cpu: |\n    1\n", ["x", "cpu"]],
    ["not-a-scalar", "x:\n  cpu: [1]\n", ["x", "cpu"]],
    ["not-a-map", "x: 1\n", ["x", "cpu"]],
    ["not-a-map", "x: [1]\n", ["x", 3, "cpu"]],
    ["sops", "x: {cpu: 1}\nsops: {mac: abc}\n", ["x", "cpu"]],
    ["generated", "# Code generated by kit. DO NOT EDIT.\nx: {cpu: 1}\n", ["x", "cpu"]],
    ["yaml-too-deep", `x: ${"[".repeat(5000)}`, ["x"]],
    ["yaml-bomb", bomb(), ["z", "cpu"]],
    ["yaml-invalid", "x: *nothing\n", ["x"]],
    ["yaml-invalid", "x:\n  <<: 1\n", ["x", "cpu"]],
  ] as [string, string, KeyPath][])("%s", (code, text, path) => {
    expect(edited(text, [path, "2"])).toBe(`REFUSED ${code}`);
  });

  it("names the line of what it can't parse", () => {
    expect(editYaml("a: 1\nb: 2\na: 3\n", [{ document: 0, path: ["b"], value: "1" }])).toEqual({
      refused: { code: "duplicate-keys", line: 3, message: expect.stringContaining("unique") },
    });
  });
});

describe("taking a key away", () => {
  it("takes its line with what is said behind it, and leaves comments above", () => {
    const before = pod(
      "    - name: a\n      resources:\n        requests:\n          # measured\n          cpu: 1 # much\n          memory: 1Gi\n",
    );
    expect(edited(before, [CPU, null])).toBe(before.replace("          cpu: 1 # much\n", ""));
    expect(edited(before, [MEMORY, null])).toBe(before.replace("          memory: 1Gi\n", ""));
  });

  it("leaves a map without keys in braces", () => {
    const before = pod("    - resources:\n        requests: # of the app\n          cpu: 1\n      name: a\n");
    expect(edited(before, [CPU, null])).toBe(
      before.replace("requests:", "requests: {}").replace("          cpu: 1\n", ""),
    );
    expect(
      edited(before.replace("cpu: 1", "cpu: 1\n          memory: 1Gi"), [CPU, null], [MEMORY, null]),
    ).toBe(before.replace("requests:", "requests: {}").replace("          cpu: 1\n", ""));
  });

  it("keeps line endings, and goes on without a final newline", () => {
    const before = pod(
      "    - name: a\n      resources:\n        requests:\n          memory: 1Gi\n          cpu: 1",
    ).replaceAll("\n", "\r\n");
    expect(edited(before, [CPU, null])).toBe(before.replace("\r\n          cpu: 1", ""));
  });

  it.each([
    ["{cpu: 1, memory: 1Gi}", "{memory: 1Gi}", "{cpu: 1}"],
    ["{ memory: 1Gi, cpu: '1' }", "{ memory: 1Gi }", "{ cpu: '1' }"],
    ['{"cpu": 1, "memory": "1Gi"}', '{"memory": "1Gi"}', '{"cpu": 1}'],
  ])("works in braces: %s", (map, withoutCpu, withoutMemory) => {
    const before = pod(`    - {name: a, resources: {requests: ${map}}}\n`);
    expect(edited(before, [CPU, null])).toBe(before.replace(map, withoutCpu));
    expect(edited(before, [MEMORY, null])).toBe(before.replace(map, withoutMemory));
  });

  it("is refused where other places would lose something too, or there is nothing", () => {
    const merged = `base: &base {cpu: 1}\nspec:\n  <<: *base\n  memory: 1Gi\n`;
    expect(edited(merged, [["spec", "cpu"], null])).toBe("REFUSED merge-key");
    const shared = `spec:\n  cpu: &much 1\nother: *much\n`;
    expect(edited(shared, [["spec", "cpu"], null])).toBe("REFUSED shared-anchor");
    expect(edited("spec:\n  memory: 1Gi\n", [["spec", "cpu"], null])).toBe("REFUSED not-there");
    expect(edited("- cpu: 1\n  memory: 1Gi\n", [[0, "cpu"], null])).toBe("REFUSED not-its-own-line");
  });

  it("leaves it with a null where that is asked for, never in quotes", () => {
    const map = `{cpu: '1', "memory": "1Gi"}`;
    const before = pod(`    - {name: a, resources: {requests: ${map}}}\n`);
    expect(edited(before, [CPU, "null"])).toBe(before.replace("'1'", "null"));
    expect(edited(before, [MEMORY, "null"])).toBe(before.replace('"1Gi"', "null"));
    expect(edited('{"limits": {"memory": "1Gi"}}', [["limits", "cpu"], "null"])).toBe(
      '{"limits": {"memory": "1Gi", "cpu": null}}',
    );
  });

  it("works in YAML inside of YAML", () => {
    const text = "values: |\n  limits:\n    cpu: 1\n    memory: 1Gi\nname: a\n";
    const result = editYaml(text, [
      { document: 0, path: ["values"], inner: { document: 0, path: ["limits", "cpu"] }, value: null },
    ]);
    expect(result).toMatchObject({ text: text.replace("    cpu: 1\n", "") });
  });
});

describe("for any document", () => {
  const key = fc.oneof(
    fc.constantFrom("cpu", "memory", "requests", "limits", "resources", "on", "1"),
    fc.string({ maxLength: 6 }),
  );
  const leaf = fc.oneof(
    fc.constantFrom("100m", "1Gi", "0.5"),
    fc.integer(),
    fc.string({ maxLength: 12 }),
    fc.constant(null),
    fc.boolean(),
  );
  const tree = fc.letrec<{ node: unknown; map: Record<string, unknown> }>((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, leaf, tie("map"), fc.array(tie("node"), { maxLength: 3 })),
    map: fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
  })).map;
  const layout = fc.record({
    indent: fc.constantFrom(2, 4),
    indentSeq: fc.boolean(),
    defaultStringType: fc.constantFrom("PLAIN" as const, "QUOTE_DOUBLE" as const, "QUOTE_SINGLE" as const),
    collectionStyle: fc.constantFrom("any" as const, "block" as const, "flow" as const),
    eol: fc.constantFrom("\n", "\r\n"),
    finalNewline: fc.boolean(),
    comments: fc.boolean(),
  });

  it("an edit reads back, is idempotent, can be undone to the byte, and touches no other line", () => {
    let edits = 0;
    fc.assert(
      fc.property(
        tree,
        layout,
        fc.nat(),
        fc.constantFrom("250m", "2", "1.5", "384Mi"),
        (data, style, pick, value) => {
          const text = laidOut(data, style);
          const path = somePath(data, pick);
          const before = editYaml(text, [{ document: 0, path, value }]);
          if ("refused" in before) return;
          edits += 1;
          expect(
            String(path.reduce<unknown>((node, step) => Reflect.get(Object(node), step), parse(before.text))),
          ).toBe(value);
          expect(edited(before.text, [path, value])).toBe(before.text);
          const untouched = untouchedLines(text, before.edits);
          expect(before.text.split("\n")).toEqual(expect.arrayContaining(untouched));
          const undone = before.edits.length === 1 && before.edits[0];
          if (undone) {
            const back =
              before.text.slice(0, undone.start) +
              text.slice(undone.start, undone.end) +
              before.text.slice(undone.start + undone.text.length);
            expect(back).toBe(text);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(edits).toBeGreaterThan(1000);
  });
});

describe("taking a key away, for any document,", () => {
  const amounts = fc.dictionary(
    fc.constantFrom("cpu", "memory", "ephemeral-storage"),
    fc.constantFrom("1", "250m", "1Gi", 2),
    { minKeys: 1, noNullPrototype: true },
  );
  const style = fc.record({
    indent: fc.constantFrom(2, 4),
    collectionStyle: fc.constantFrom("block" as const, "flow" as const),
    eol: fc.constantFrom("\n", "\r\n"),
    finalNewline: fc.boolean(),
    comments: fc.boolean(),
  });

  it("leaves exactly the rest, and no line but its own changes", () => {
    fc.assert(
      fc.property(amounts, amounts, style, fc.nat(), (limits, requests, layout, pick) => {
        const [name = ""] = Object.keys(limits).slice(pick % Object.keys(limits).length);
        const text = laidOut(
          { a: { limits, requests }, z: { limits: { ...limits } } },
          { ...layout, indentSeq: true },
        );
        const result = editYaml(text, [{ document: 0, path: ["a", "limits", name], value: null }]);
        if ("refused" in result) return expect.unreachable(result.refused.message);
        const { [name]: _, ...rest } = limits;
        expect(parse(result.text)).toEqual({ a: { limits: rest, requests }, z: { limits } });
        expect(result.text.endsWith("\n")).toBe(text.endsWith("\n"));
        const before = text.split("\n").length;
        const after = result.text.split("\n").length;
        expect(before - after).toBe(layout.collectionStyle === "block" ? 1 : 0);
      }),
    );
  });
});

describe("whatever the text is", () => {
  const pieces = "a b : ? - &x *x << { } [ ] , ' | # ... !!map %YAML null 1 ~ resources cpu".split(" ");
  const soup = fc
    .array(fc.constantFrom(...pieces, " ", "\n", "  ", "---\n", "\t", "\r\n", "\ufeff", '"'), {
      maxLength: 30,
    })
    .map((all) => all.join(""));

  it("several edits at once are all made, or refused with a reason", () => {
    const path = fc.constantFrom(["a"], ["a", "cpu"], ["resources", "requests", "cpu"], ["a", 0, "cpu"]);
    fc.assert(
      fc.property(soup, path, fc.nat(1), (text, first, document) => {
        const second = [...first.slice(0, -1), "memory"];
        const result = editYaml(text, [
          { document, path: first, value: "2" },
          { document: 0, path: second, value: "1Gi" },
        ]);
        if ("refused" in result) expect(result.refused.code).toMatch(/^[a-z0-9-]+$/);
        else expect(result.text).toMatch(/2[^]*1Gi|1Gi[^]*2/);
      }),
      { numRuns: 5000 },
    );
  });
});

function untouchedLines(text: string, edits: readonly { start: number; end: number }[]): string[] {
  let offset = 0;
  return text.split("\n").filter((line) => {
    const [from, to] = [offset, offset + line.length];
    offset = to + 1;
    return !edits.some((edit) => edit.end >= from && edit.start <= to);
  });
}

function laidOut(
  data: Record<string, unknown>,
  style: {
    indent: number;
    indentSeq: boolean;
    eol: string;
    finalNewline: boolean;
    comments: boolean;
  } & Record<string, unknown>,
): string {
  let text = stringify(data, { ...style, lineWidth: 0 });
  if (style.comments) text = `# head\n${text}# tail\n`;
  if (!style.finalNewline) text = text.replace(/\n$/, "");
  return text.replaceAll("\n", style.eol);
}

/** A path into the data: to a scalar that is there, or to keys that are missing below a map. */
function somePath(data: unknown, pick: number): KeyPath {
  const paths: KeyPath[] = [];
  const walk = (node: unknown, path: KeyPath): void => {
    if (Array.isArray(node)) node.forEach((item, index) => walk(item, [...path, index]));
    else if (typeof node === "object" && node !== null) {
      paths.push([...path, "fresh", "cpu"], [...path, "cpu"]);
      for (const [name, value] of Object.entries(node)) walk(value, [...path, name]);
    } else paths.push(path);
  };
  walk(data, []);
  return paths[pick % paths.length] ?? ["cpu"];
}

function bomb(): string {
  const levels = "abcdefghij".split("").map(
    (name, index, all) =>
      `${name}: &${name} [${
        index === 0
          ? "1"
          : Array(9)
              .fill(`*${all[index - 1]}`)
              .join(", ")
      }]`,
  );
  return `${levels.join("\n")}\nz: {cpu: 1}\n`;
}

describe("YAML inside of YAML", () => {
  const text = `patches:\r\n  - target: {kind: Deployment}\r\n    patch: |-\r\n      # tuned\r\n      - op: replace\r\n        path: /spec/cpu\r\n        value: 1   # one\r\n\r\n      - op: test\r\n  - path: other.yaml\r\n`;
  const inner = { document: 0, path: [0, "value"] };
  const change = { document: 0, path: ["patches", 0, "patch"], inner, value: "250m" };

  it("changes the line inside the block and no other", () => {
    expect(editYaml(text, [change])).toMatchObject({ text: text.replace("value: 1 ", "value: 250m ") });
  });

  it("adds lines inside the block with its indentation", () => {
    const values = "spec:\n  values: |\n    api: {}\n  next: 1\n";
    const added = {
      document: 0,
      path: ["spec", "values"],
      inner: { document: 0, path: ["api", "cpu"] },
      value: "1",
    };
    expect(editYaml(values, [added])).toMatchObject({
      text: "spec:\n  values: |\n    api:\n      cpu: 1\n  next: 1\n",
    });
  });

  it("is refused in quotes and in folded text", () => {
    expect(
      editYaml(`a: "x: 1\\n"\n`, [
        { document: 0, path: ["a"], inner: { document: 0, path: ["x"] }, value: "2" },
      ]),
    ).toMatchObject({
      refused: { code: "block-scalar" },
    });
  });

  it("edits documents that are lists", () => {
    expect(edited("- op: add\n  value: {cpu: 1}\n", [[0, "value", "cpu"], "2"])).toBe(
      "- op: add\n  value: {cpu: 2}\n",
    );
  });
});
