import { describe, expect, it } from "vitest";
import { renderBody } from "../../src/proposals/body.ts";
import { withTried } from "../../src/proposals/with-tried.ts";
import { planned } from "./planned.ts";

const LINE = "- `app` in `prod` tried on one pod for 2h: it $& held";

describe("what a trial showed", () => {
  it("stands first among the reasons of a pull request, once, and the rest stays as it is", () => {
    const body = renderBody([planned()], [], { window: "14d" });
    const once = withTried(body, LINE);
    expect(once).toContain(`### Why these values\n${LINE}\n- \``);
    expect(once.replace(`${LINE}\n`, "")).toBe(body);
    expect(withTried(once, LINE)).toBe(once);
    expect(withTried(body.replaceAll("\n", "\r\n"), LINE)).toContain(`### Why these values\r\n${LINE}\n`);
  });

  it("stands nowhere where a person has taken the reasons out", () => {
    expect(withTried("Mine.\n", LINE)).toBe("Mine.\n");
  });
});
