import fc from "fast-check";
import { describe, expect, it } from "vitest";
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
    expect(parseCommands("/loadline explain cpu  now ")).toEqual([
      { name: "explain", words: ["cpu", "now"] },
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
