import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExpansionError, expandVariables } from "../../../src/gitops/render/variable-expansion.ts";

const VALUES: Readonly<Record<string, string>> = {
  X: "abc",
  EMPTY: "",
  HOST: "api.example.org",
  FILE: "/srv/data/a.tar.gz",
  DIGITS: "112",
  ACCENT: "é",
};

const lookup = (name: string): string | undefined => VALUES[name];

describe("variables", () => {
  // Each line was also given to the engine of Flux.
  test.each([
    ["a ${X} b", "a abc b"],
    ["${X}${X}", "abcabc"],
    ["${NONE}", ""],
    ["$X $(X) $ ${X", null],
    ["$X $(X) $", "$X $(X) $"],
    ["$${X} $$ $$$${X} $$${X}", "${X} $ $${X} $abc"],
    ["${NONE:-d} ${EMPTY:-d} ${X:-d}", "d d abc"],
    ["${NONE:=d} ${NONE=d} ${EMPTY=d} ${X:=d}", "d d d abc"],
    ["${NONE:?d} ${NONE:+d} ${X:+d}", "d d abc"],
    ["${NONE:-${X}-${EMPTY:-deep}}", "abc-deep"],
    ["${NONE:-} ${NONE:=http://a:1/{b}", " http://a:1/{b"],
    ["${NONE:-$$}", "$$"],
    ["${NONE-d}", null],
    ["${#X} ${#NONE} ${#ACCENT}", "3 0 2"],
    ["${X:1} ${X:1:1} ${X:0:9} ${X:9} ${X: -1}", "bc b abc  abc"],
    ["${HOST:-3:2}", "api.example.org"],
    ["${X:1:-1}", null],
    ["${X::1}", null],
    ["${X^} ${X^^}", "Abc ABC"],
    ["${X,} ${X,,}", "abc abc"],
    ["${FILE#*/} ${FILE##*/}", "srv/data/a.tar.gz a.tar.gz"],
    ["${FILE%.*} ${FILE%%.*}", "/srv/data/a.tar /srv/data/a"],
    ["${X#*} ${X%?} ${X#z}", "bc ab abc"],
    ["${DIGITS/1/x} ${DIGITS//1/x} ${DIGITS//1/}", "x12 xx2 2"],
    ["${DIGITS/#1/x} ${DIGITS/%2/x} ${DIGITS/%1/x} ${DIGITS/#1/}", "x12 11x 112 112"],
    ["${FILE//\\//_} ${X/b/$$}", "_srv_data_a.tar.gz a$c"],
    ["${X/b}", null],
    ["${}", null],
    ["${X Y}", null],
    ["${X!}", null],
    ["${X/b/${DIGITS}}", "a112c"],
  ])("%j becomes %j", (text, expanded) => {
    if (expanded === null) expect(() => expandVariables(text, lookup)).toThrow(ExpansionError);
    else expect(expandVariables(text, lookup)).toBe(expanded);
  });

  test.each(["${ACCENT^^}", "${ACCENT:0:1}", "${ACCENT#?}", "${X#[a-c]}", "${X:99999999999999999999}"])(
    "%j is refused, for the engine's answer is not to be relied on",
    (text) => {
      expect(() => expandVariables(text, lookup)).toThrow(ExpansionError);
    },
  );

  test("must be set, or have a default, where that is asked for", () => {
    expect(() => expandVariables("${NONE}", lookup, true)).toThrow("the variable NONE is not set");
    expect(expandVariables("${NONE:-d} ${EMPTY} ${NONE^}", lookup, true)).toBe("d  ");
  });

  test("can't make a text grow without bound, nor take long to find out", () => {
    const big = "a".repeat(100_000);
    expect(() => expandVariables("${B//a/${B}}", () => big)).toThrow("too long");
    expect(() => expandVariables(`${"${X:-".repeat(5000)}d${"}".repeat(5000)}`, () => "")).toThrow(
      "too deeply",
    );
    const started = performance.now();
    expect(expandVariables("${B##*a*a*a*a*a*a*a*b}", () => big)).toBe(big);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("never change a text without them, and give back what was escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(expandVariables(text.replaceAll("$", "$$$$"), lookup)).toBe(text);
      }),
    );
  });

  test("stand between what is around them, or their default does", () => {
    const plain = fc.string().map((text) => text.replaceAll(/[$}]/g, ""));
    fc.assert(
      fc.property(plain, plain, plain, plain, (before, value, other, after) => {
        const given = (): string => value;
        expect(expandVariables(`${before}\${V}${after}`, given)).toBe(before + value + after);
        expect(expandVariables(`${before}\${V:-${other}}${after}`, given)).toBe(
          before + (value || other) + after,
        );
      }),
    );
  });

  test("are cut as text is cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), fc.nat(30), fc.nat(30), (value, from, count) => {
        expect(expandVariables(`\${V:${from}:${count}}`, () => value)).toBe(value.slice(from, from + count));
      }),
    );
  });

  test("of any shape are expanded or refused, and nothing else", () => {
    const piece = fc.constantFrom(
      "${",
      "}",
      "$",
      "X",
      "EMPTY",
      ":",
      "-",
      "=",
      "/",
      "#",
      "%",
      "^",
      ",",
      "*",
      "\\",
      "1",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          expect(expandVariables(pieces.join(""), lookup)).toBeTypeOf("string");
        } catch (error) {
          expect(error).toBeInstanceOf(ExpansionError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
