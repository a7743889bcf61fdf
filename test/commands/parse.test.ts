import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meant } from "../../src/commands/target.ts";
import { parseCommands } from "../../src/commands/parse.ts";

const names = (comment: string): string[] => parseCommands(comment).map(({ name }) => name);

describe("commands of a comment", () => {
  it.each([
    ["/loadline refresh", ["refresh"]],
    ["/loadline", ["help"]],
    ["/loadline   ", ["help"]],
    ["   /Loadline\tEXPLAIN", ["explain"]],
    ["thanks!\r\n/loadline refresh\r\n\r\n/loadline help", ["refresh", "help"]],
    ["/loadline explain memory", ["explain"]],
    ["/loadline\u2028refresh", ["refresh"]],
    ["/loadline refesh", ["unknown"]],
    ["", []],
    ["use /loadline refresh", []],
    ["/loadlines", []],
    ["/loadline-x", []],
    ["//loadline", []],
    ["    /loadline refresh", []],
    ["\t/loadline refresh", []],
  ])("%j", (comment, expected) => {
    expect(names(comment)).toEqual(expected);
  });

  it.each([
    "> /loadline refresh",
    "> > /loadline refresh",
    "`/loadline refresh`",
    "```\n/loadline refresh\n```",
    "~~~ sh\n/loadline refresh\n~~~",
    "````\n```\n/loadline refresh\n```\n````",
    "```\n~~~\n/loadline refresh\n```",
    "```\n```js\n/loadline refresh\n```",
    "```\r\n/loadline refresh\r\n```",
    "```\n/loadline refresh",
    "- ```\n  /loadline refresh\n  ```",
    "1. - ~~~\n  /loadline refresh\n     ~~~",
  ])("examples are no orders: %j", (comment) => {
    expect(names(comment)).toEqual([]);
  });

  it.each([
    "```\nx\n```\n/loadline refresh",
    "```\nx\n`````  \n/loadline refresh",
    "```x``` is code\n/loadline refresh",
    "``\n/loadline refresh",
    "> ```\n> x\n\n/loadline refresh",
    "- ```\n  x\n  ```\n/loadline refresh",
  ])("what follows examples is one: %j", (comment) => {
    expect(names(comment)).toEqual(["refresh"]);
  });

  it("unknown words are named, shortened, with the nearest known one", () => {
    expect(parseCommands("/loadline explian it")).toEqual([
      { name: "unknown", word: "explian", nearest: "explain" },
    ]);
    expect(parseCommands(`/loadline ${"x".repeat(500)}`)).toEqual([
      { name: "unknown", word: "x".repeat(40), nearest: undefined },
    ]);
  });

  it("are ten at the most, and words beside them are kept", () => {
    expect(parseCommands("/loadline help\n".repeat(5000))).toHaveLength(10);
    expect(parseCommands("/loadline explain shop/api  app ")).toEqual([
      { name: "explain", target: "shop/api app" },
    ]);
  });

  it("nothing in a quote or a fence is ever one", () => {
    const line = fc.constantFrom("/loadline refresh", "", "x", "~~~", "``", "> y");
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(names(`\`\`\`\n${lines.join("\n")}\n\`\`\``)).toEqual([]);
        expect(names(lines.map((text) => `> ${text}`).join("\n"))).toEqual([]);
      }),
    );
  });

  it("a comment made to be slow is not", () => {
    for (const piece of ["`", "- ", " ", "1. ", "/loadline "])
      parseCommands(piece.repeat(65_536 / piece.length));
    expect(names("`".repeat(65_000))).toEqual([]);
  }, 2000);
});

describe("what a command says besides its name", () => {
  const one = (text: string): unknown => parseCommands(`/loadline ${text}`)[0];

  it.each([
    ["set cpu=250m", { name: "set", amounts: new Map([["requests.cpu", "250m"]]) }],
    [
      "set shop/api app cpu=1.5 limits.memory=512Mi",
      {
        name: "set",
        target: "shop/api app",
        amounts: new Map([
          ["requests.cpu", "1.5"],
          ["limits.memory", "512Mi"],
        ]),
      },
    ],
    ["hold", { name: "hold", seconds: 14 * 86_400 }],
    ["hold 3d", { name: "hold", seconds: 3 * 86_400 }],
    ["try", { name: "try" }],
    ["try 2h", { name: "try", seconds: 7200 }],
    ["try 90M web", { name: "try", seconds: 5400, target: "web" }],
    ["try shop/api app", { name: "try", target: "shop/api app" }],
    ["try 1h prod shop/api 2h", { name: "try", seconds: 3600, target: "prod shop/api 2h" }],
    ["try stop", { name: "try", stop: true }],
    ["ignore", { name: "ignore" }],
    ["ignore app until 2027-01-31", { name: "ignore", target: "app", until: { date: "2027-01-31" } }],
    [
      "ignore shop/api until 6w reason it is until spring only",
      {
        name: "ignore",
        target: "shop/api",
        until: { seconds: 6 * 604_800 },
        reason: "it is until spring only",
      },
    ],
    ["ignore reason load tests", { name: "ignore", reason: "load tests" }],
    ["merge", { name: "merge" }],
  ])("%s", (text, expected) => {
    expect(one(text)).toEqual(expected);
  });

  it.each([
    ["set", "write it as"],
    ["set cpu=fast", "no amount"],
    ["set cpu=-1", "no amount"],
    ["set gpu=1", "no amount"],
    ["set cpu=1 cpu=2", "twice"],
    ["set a b c cpu=1", "write it as"],
    ["hold soon", "duration"],
    ["hold 2w now", "duration"],
    ["ignore app until", "date"],
    ["ignore app until 2027-02-30", "date"],
    ["ignore app until 2w because", "the word reason"],
    ["merge please", "nothing more"],
  ])("%s is told what is wrong", (text, problem) => {
    expect(one(text)).toMatchObject({ name: "malformed", problem: expect.stringContaining(problem) });
  });

  it("never throws, whatever stands there", () => {
    fc.assert(
      fc.property(fc.constantFrom("set", "hold", "try", "ignore", "explain"), fc.string(), (name, rest) => {
        expect(parseCommands(`/loadline ${name} ${rest.replaceAll(/[\r\n]/g, " ")}`)).toHaveLength(1);
      }),
    );
  });
});

describe("whom a person means", () => {
  const containers = [
    { workload: { kind: "Deployment", namespace: "shop", name: "api" }, container: "app" },
    { workload: { kind: "Deployment", namespace: "shop", name: "api" }, container: "proxy" },
    { workload: { kind: "StatefulSet", namespace: "data", name: "db" }, container: "app" },
  ] as const;

  it.each([
    [undefined, [0, 1, 2]],
    ["proxy", [1]],
    ["app", [0, 2]],
    ["api", [0, 1]],
    ["Shop/API", [0, 1]],
    ["Deployment/shop/api", [0, 1]],
    ["shop/api:app", [0]],
    ["db app", [2]],
    ["db proxy", []],
    ["nobody", []],
  ])("%s", (target, expected) => {
    expect(meant(target, containers)).toEqual(expected.map((index) => containers[index]));
  });
});
