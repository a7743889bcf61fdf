import { describe, expect, it } from "vitest";
import { useOf } from "../../src/trial/seen.ts";
import { tellTrial } from "../../src/trial/tell.ts";
import { ENDINGS, readTrial, writeTrial } from "../../src/trial/trial.ts";
import { at, HOUR, START, trial } from "./model.ts";

const told = (change: Parameters<typeof trial>[0], more: object = {}): string =>
  tellTrial({ cluster: "prod", trial: trial(change), ...more });

describe("what a pull request is told of a trial", () => {
  it.each(ENDINGS)("has a verdict for each end: %s", (how) => {
    const text = told({ ended: { at: at(START), how }, backAt: at(START + HOUR) });
    expect(text).toMatch(/^### Trial of `Deployment\/shop\/api` in `prod`\n\n\*\*[A-Z]/);
    expect(text).toMatch(how === "gone" ? /Nothing is to be put back/ : /has its old size again since/);
    expect(text).not.toContain("try stop");
  });

  it("begins with waiting for the node, and what the node says", () => {
    expect(told({})).toMatch(/its node has not given them yet\. .*\n\n\| container/);
    expect(told({}, { trouble: "Deferred: full" })).toMatch(/has not given them yet \(`Deferred: full`\)/);
  });

  it("nothing that a cluster says has any power in it", () => {
    const hostile = "</code> @team <!-- --> [x](http://evil) **b** `| |";
    const text = told(
      {
        by: hostile,
        pod: { name: hostile, uid: "u" },
        ended: { at: at(START), how: "infeasible", message: hostile },
      },
      { cluster: hostile, trouble: hostile },
    );
    const outsideCode = text.replaceAll(/(`+)[^`][^]*?\1(?!`)/g, "");
    expect(outsideCode).not.toMatch(/<!--|@team|\[x\]|<\/code>/);
  });

  it("use stands beside what is tried", () => {
    const use = useOf({ cores: [0.1, 0.05], bytes: [2 ** 27], throttledPeriods: 1, periods: 4 });
    const none = useOf({ cores: [], bytes: [], throttledPeriods: 0, periods: 0 });
    const seen = { seconds: 1800, containers: [{ name: "app", before: none, during: use }] };
    const text = told({ resizedAt: at(START) }, { seen });
    expect(text).toContain("| container |  | 30m before | 30m of the trial | of what is tried |");
    expect(text).toContain("| `app` | CPU, p95 | — | `100m` | 50 % of `200m` |");
    expect(text).toContain("| `app` | memory, peak | — | `128Mi` | 50 % of `256Mi` |");
    expect(text).toContain("| `app` | throttled periods | — | 25.0 % |  |");
  });
});

describe("what is written down of a trial", () => {
  it("is read as it was written", () => {
    const written = trial({ resizedAt: at(START), ended: { at: at(START), how: "held" } });
    expect(readTrial(writeTrial(written))).toEqual(written);
  });

  it.each(["", "{}", "[]", '{"version":2}', JSON.stringify({ ...trial(), workload: "Pod/x" })])(
    "is nothing where it is none: %s",
    (text) => {
      expect(readTrial(text)).toBeUndefined();
    },
  );
});
