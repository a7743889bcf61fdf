import fc from "fast-check";
import { expect, it } from "vitest";
import { type Marker, readMarker, writeMarker } from "../../src/proposals/marker.ts";
import { HOSTILE } from "./planned.ts";

const marker: Marker = { version: 1, workloads: ["main Deployment/shop/api app"], fingerprint: "abc" };

it("a marker reads back from a body, whatever it holds and whatever stands before it", () => {
  const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), text, (workloads, before) => {
      const given = { version: 1, workloads, fingerprint: before } as const;
      const written = writeMarker(given);
      expect(written.slice(4, -3)).not.toMatch(/--|[<>\n]/);
      expect(readMarker(`${before}\n${written}\r\nmore`)).toEqual(given);
    }),
    { numRuns: 1000 },
  );
});

it("the last one counts, and only at the beginning of a line", () => {
  const forged = writeMarker({ ...marker, fingerprint: "forged" });
  expect(readMarker(`\`${forged}\`\n${writeMarker(marker)}`)).toEqual(marker);
  expect(readMarker(`${forged}\n${writeMarker(marker)}`)).toEqual(marker);
  expect(readMarker(`\`${forged}\``)).toBeUndefined();
});

it.each([
  "",
  "<!-- loadline -->",
  "<!-- loadline {} -->",
  "<!-- loadline {x} -->",
  '<!-- loadline {"version":2,"workloads":[],"fingerprint":""} -->',
])("%j holds none", (body) => {
  expect(readMarker(body)).toBeUndefined();
});

it("stays small, whatever it names", () => {
  const workloads = Array.from({ length: 5000 }, (_, index) => `main Deployment/shop/api-${index} app`);
  const written = writeMarker({ ...marker, workloads });
  expect(written.length).toBeLessThan(4500);
  expect(readMarker(written)?.workloads[0]).toBe(workloads[0]);
});
