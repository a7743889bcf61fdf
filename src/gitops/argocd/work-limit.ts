import { refuse } from "../refusal.ts";

/** Counts work: a comparison of a path with a pattern, a step of a template, a character that one makes. */
export type Spend = (units: number) => void;

/** Real repositories need some 100,000; this many take seconds. */
const MOST = 50_000_000;

/** For one reading of a repository; when it is spent, what is left is refused. */
export function workLimit(most = MOST): Spend {
  let spent = 0;
  return (units) => {
    spent += units;
    if (spent > most) refuse("too-much-work", "the repository's Applications take too much work to expand");
  };
}
