import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderDashboard, tickedIn } from "../../src/proposals/dashboard.ts";
import { HOSTILE } from "./planned.ts";

const NOTHING = { open: [], waiting: [], declined: [], held: [] };
const branch = (index: number): string => `loadline/apps-${index}`;

describe("a dashboard", () => {
  it("lists what is open, waiting, declined and held, with boxes where one may be ticked", () => {
    expect(
      renderDashboard({
        open: [
          { number: 3, title: "Right-size a", outcome: "unchanged" },
          { number: 4, title: "Right-size b", outcome: "hands-off" },
        ],
        waiting: [{ branch: branch(1), title: "Right-size c" }],
        declined: [{ branch: branch(2), title: "Right-size d" }],
        held: [{ of: "Deployment shop/api · app", why: "prod comes after dev" }],
      }).split("\n\n"),
    ).toEqual([
      expect.stringContaining("Each sweep"),
      "### Open",
      "- #3 Right-size a\n- #4 Right-size b (hands-off)",
      "### Waiting for room within the limits; tick one to open it now",
      "- [ ] <!-- loadline/apps-1 --> Right-size c",
      "### Declined; tick one to offer it again",
      "- [ ] <!-- loadline/apps-2 --> Right-size d",
      "### Held",
      "- `Deployment shop/api · app`: prod comes after dev",
    ]);
    expect(renderDashboard(NOTHING)).toContain("There is nothing to propose.");
  });

  it("tells exactly the boxes that are ticked, as browsers send them", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (ticks) => {
        const boxes = ticks.map((_, index) => ({ branch: branch(index), title: `t${index}` }));
        const middle = Math.floor(boxes.length / 2);
        const body = renderDashboard({
          ...NOTHING,
          waiting: boxes.slice(0, middle),
          declined: boxes.slice(middle),
        });
        let index = 0;
        const ticked = body
          .replaceAll("[ ]", () => (ticks[index++] === true ? "[x]" : "[ ]"))
          .replaceAll("\n", "\r\n");
        expect([...tickedIn(ticked)]).toEqual(ticks.flatMap((tick, at) => (tick ? branch(at) : [])));
      }),
    );
  });

  it("shows what it is told as text: nothing is ticked by a title", () => {
    const titles = [...HOSTILE, "\n- [x] <!-- loadline/forged -->", "- [x] <!-- loadline/forged -->"];
    const body = renderDashboard({
      open: titles.map((title, number) => ({ number, title, outcome: "unchanged" })),
      waiting: titles.map((title, index) => ({ branch: branch(index), title })),
      declined: [],
      held: titles.map((of) => ({ of, why: of })),
    });
    expect(tickedIn(body).size).toBe(0);
    const [prose = ""] = body.split("### Held");
    expect(prose).not.toMatch(/@octocat\b|<script>/);
  });

  it("fits GitHub, whatever there is", () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      branch: branch(index),
      title: "t".repeat(120),
    }));
    const held = many.map(({ branch: of }) => ({ of, why: "w".repeat(90) }));
    const open = many.map(({ title }, number) => ({ number, title, outcome: "held" }));
    const body = renderDashboard({ open, waiting: many, declined: many, held });
    expect(body.length).toBeLessThan(65_000);
    expect(body).toContain("- and 4900 more");
  });
});
