import { describe, expect, it } from "vitest";
import { confidence } from "../../../src/advice/confidence.ts";
import { outcomesOf } from "./any-use.ts";
import { binsOf, type Claim, isOff } from "./bins.ts";
import { chance, fitted, type Row } from "./logistic.ts";
import type { Part } from "./outcomes.ts";

const learned = outcomesOf({ from: 0, count: 4000 }).flatMap(({ parts }) => parts);

describe("the weights of confidence", () => {
  it("are those that fit best, rounded", () => {
    const best = fitted(learned.map(rowOf));
    console.log("bias, coverage, samples, age, spare, stability:", best);
    const least = lossOf(learned.map((part) => claimOf(best, part)));
    const ours = lossOf(learned.map(({ grounds, held }) => ({ confidence: confidence(grounds), held })));
    expect(ours).toBeLessThan(least + 0.001);
  });

  it("need not have seen a kind of use to say how much of its advice holds", () => {
    const claims = [...Map.groupBy(learned, ({ name }) => name)].flatMap(([left, kind]) => {
      const weights = fitted(learned.filter(({ name }) => name !== left).map(rowOf));
      return kind.map((part) => claimOf(weights, part));
    });
    expect(binsOf(claims).filter((bin) => bin.said > 0.7 && isOff(bin))).toEqual([]);
  });
});

describe("of advice on containers that were not learned from", () => {
  it("as many held for a week as it says, whatever it says", () => {
    const bins = binsOf(outcomesOf({ from: 5_000_000, count: 3000 }));
    console.table(bins);
    expect(bins.filter((bin) => isOff(bin))).toEqual([]);
  });
});

function rowOf({ grounds: { coverage, samples, age, spare, stability }, held }: Part): Row {
  return { known: [coverage, samples, age, spare, stability], held };
}

function claimOf(weights: readonly number[], part: Part): Claim {
  return { confidence: chance(weights, rowOf(part).known), held: part.held };
}

/** The mean surprise at what came true. */
function lossOf(claims: readonly Claim[]): number {
  const surprise = ({ confidence: said, held }: Claim): number => -Math.log(held ? said : 1 - said);
  return claims.reduce((sum, claim) => sum + surprise(claim) / claims.length, 0);
}
