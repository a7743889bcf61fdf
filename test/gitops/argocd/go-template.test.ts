import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderGoTemplate } from "../../../src/gitops/argocd/go-template/evaluate.ts";
import { Refusal } from "../../../src/gitops/refusal.ts";
import { workLimit } from "../../../src/gitops/argocd/work-limit.ts";

const PARAMETERS = {
  a: 1_000_000,
  s: "Hello-World",
  u: "a_b/C",
  e: "",
  n: null,
  i: 3,
  f: 0.000012,
  t: true,
  l: ["x", 2, null, true, { b: "c", a: 1.5 }],
  words: ["x", "y"],
  deep: { x: { y: "z" } },
  m: { cpu: "300m", on: "yes", n: 1, li: [1, { z: "q" }] },
};

function render(template: string, strict = false): string {
  return renderGoTemplate(template, PARAMETERS, { strict, spend: workLimit() });
}

/** `undefined` where it is refused. */
function attempt(template: string): string | undefined {
  try {
    return render(template);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

// What Go 1.26 with sprig 3.3 prints for the same.
describe("a Go template", () => {
  it.each([
    [
      "{{.a}} {{.l}} {{.gone}} {{.n}} {{.f}}",
      "1e+06 [x 2 <nil> true map[a:1.5 b:c]] <no value> <no value> 1.2e-05",
    ],
    ["{{ if .gone }}a{{ else if .a }}b{{ end }}", "b"],
    ["{{ with .e }}x{{ else with .s }}{{ . }}{{ end }}", "Hello-World"],
    ["{{ range $k, $v := .l }}{{$k}}={{$v}};{{ end }}", "0=x;1=2;2=<no value>;3=true;4=map[a:1.5 b:c];"],
    ["{{ range .n }}x{{ else }}none{{ end }}", "none"],
    ["{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"],
    ["{{ $x := 1 }}{{ if true }}{{ $x = 3 }}{{ end }}{{ $x }}", "3"],
    ["{{ (index .l 4).b }}{{ with .deep }}{{ $.s }}{{ .x.y }}{{ end }}", "cHello-Worldz"],
    ['  {{- if eq .s "Hello-World" -}}  yes  {{- else -}} no {{- end }}  ', "yes  "],
    ["a\n{{- /* a comment */ -}}\n b", "ab"],
    ["{{ .s | trimSuffix `-World` | lower | quote }}", '"hello"'],
    ["{{ .deep.gone.x }}", "<no value>"],
    ["}} {{ .s }} }", "}} Hello-World }"],
  ])("%s prints what Go prints", (template, expected) => {
    expect(render(template)).toBe(expected);
  });

  it.each([
    ['.e | default "d"', "d"],
    ['.s | default "d"', "Hello-World"],
    ['quote .s .n "x"', '"Hello-World" "x"'],
    [".s | replace `l` `$&`", "He$&$&o-Wor$&d"],
    [".u | normalize", "a-b-c"],
    [".s | trunc -5", "World"],
    ["substr 2 -1 .s", "llo-World"],
    ["nindent 2 `a\nb`", "\n  a\n  b"],
    [".m | toYaml", 'cpu: 300m\nli:\n- 1\n- z: q\n"n": 1\n"on": "yes"'],
    [".m | toJson", '{"cpu":"300m","li":[1,{"z":"q"}],"n":1,"on":"yes"}'],
    ["`a&b<` | toJson", String.raw`"a\u0026b\u003c"`],
    ["(split `-` .s)._1", "World"],
    ["index (splitList `-` .s) 0", "Hello"],
    ["join `,` .words", "x,y"],
    ["dict `a` 1 `b` .s", "map[a:1 b:Hello-World]"],
    ["dig `x` `gone` `fallback` .deep", "fallback"],
    [".t | ternary `a` `b`", "a"],
    ["eq (int .i) 3", "true"],
    ["add .i 1", "4"],
    ["print 1 2 `a` 3", "1 2a3"],
    ["printf `%s-%d` `a` 3", "a-3"],
    ["eq .gone `x`", "false"],
    ["and .a .e", ""],
    ["or .n `x`", "x"],
    ["b64enc .s", "SGVsbG8tV29ybGQ="],
    ["len `é`", "2"],
  ])("%s is what Go and sprig make of it", (pipe, expected) => {
    expect(render(`{{ ${pipe} }}`)).toBe(expected);
  });

  it.each([
    "{{ eq .i 3 }}",
    "{{ .n.b }}",
    "{{ .s.x }}",
    "{{ index .l 10 }}",
    "{{ index .gone `a` }}",
    "{{ .i | lower }}",
    "{{ eq .l .l }}",
    "{{ nil }}",
    "{{ .s",
    "{{ if .s }}",
    "{{ end }}",
    "{{ }}",
    "{{ 'a' }}",
  ])("%s is refused, for Go fails at it", (template) => {
    expect(attempt(template)).toBeUndefined();
  });

  it.each([
    "{{ slugify .s }}",
    "{{ env `HOME` }}",
    "{{ now }}",
    "{{ regexMatch `a` .s }}",
    "{{ define `x` }}{{ end }}",
    "{{ constructor }}",
    "{{ break }}",
  ])("%s is refused by name, for it is not known", (template) => {
    expect(() => render(template)).toThrow(/not supported/);
  });

  it("fails at a missing key where that is asked for", () => {
    expect(() => render("{{ .gone }}", true)).toThrow(/gone/);
    expect(() => render("{{ .constructor }}", true)).toThrow(/constructor/);
    expect(render("{{ .deep.x.y }}", true)).toBe("z");
  });

  it("leaves text without actions as it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes("{{"));
        expect(render(text)).toBe(text);
      }),
    );
  });

  it("refuses, whatever it is made of, and does nothing else", () => {
    const pieces =
      '{{|}}|{{-|-}}| |.s|.l|$|$x|:=|=|(|)|||"a"|1|if|else|end|range|with|index|eq|len|/*|*/|,|.|text'.split(
        "|",
      );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), (parts) => {
        expect(["string", "undefined"]).toContain(typeof attempt(parts.join("")));
      }),
      { numRuns: 2000 },
    );
  });
});
