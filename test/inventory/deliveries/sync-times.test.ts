import { expect, it } from "vitest";
import { syncTimes } from "../../../src/inventory/deliveries/sync-times.ts";
import { readProject } from "../../../src/inventory/deliveries/sync-windows.ts";
import { projectObject } from "../../support/delivery-objects.ts";

const SHOP = { name: "shop", destination: { here: true, server: "https://kubernetes.default.svc" } };
const EVERY = { applications: ["*"] };
const deny = (schedule: string, duration: string, timeZone = "UTC") => ({
  kind: "deny",
  schedule,
  duration,
  timeZone,
  ...EVERY,
});
const allow = (...args: Parameters<typeof deny>) => ({ ...deny(...args), kind: "allow" });

/** What is said at a time: who denies, and until when. */
function at(now: string, ...windows: readonly object[]): [string[], string | undefined] {
  const { deniedBy, syncTurn } = syncTimes(
    readProject(projectObject("default", ...windows))?.windows ?? [],
    Date.parse(now),
  )(SHOP);
  const turn = syncTurn && ("never" in syncTurn ? "never" : new Date(syncTurn.atMs).toISOString());
  return [deniedBy.map(({ schedule }) => schedule), turn];
}

it("without windows there is nothing to say", () => {
  expect(at("2026-11-22T12:00:00Z")).toEqual([[], undefined]);
});

it("a window that denies ends, and comes again, in its own time zone", () => {
  const night = deny("0 22 * * *", "8h", "Europe/Berlin");
  expect(at("2026-11-22T23:00:00Z", night)).toEqual([["0 22 * * *"], "2026-11-23T05:00:00.000Z"]);
  expect(at("2026-11-22T12:00:00Z", night)).toEqual([[], "2026-11-22T21:00:00.000Z"]);
});

it("a time zone that there is not is UTC, as to Argo CD, and a schedule by a word is none", () => {
  for (const zone of ["Europe/Atlantis", "+02:00"])
    expect(at("2026-11-22T23:00:00Z", deny("0 22 * * *", "8h", zone))).toEqual([
      ["0 22 * * *"],
      "2026-11-23T06:00:00.000Z",
    ]);
  expect(at("2026-11-22T23:00:00Z", deny("@daily", "24h"))).toEqual([[], undefined]);
});

it("what is allowed at times only is allowed when such a time begins", () => {
  const sundays = allow("0 3 * * 0", "90m");
  expect(at("2026-11-23T12:00:00Z", sundays)).toEqual([["0 3 * * 0"], "2026-11-29T03:00:00.000Z"]);
  expect(at("2026-11-29T03:30:00Z", sundays)).toEqual([[], "2026-11-29T04:30:00.000Z"]);
});

it("a time that is allowed begins no sooner than the one that denies it ends", () => {
  const windows = [allow("0 3 * * *", "3h"), deny("0 0 * * *", "4h")];
  expect(at("2026-11-23T01:00:00Z", ...windows)).toEqual([["0 0 * * *"], "2026-11-23T04:00:00.000Z"]);
  expect(at("2026-11-23T12:00:00Z", ...windows)).toEqual([["0 3 * * *"], "2026-11-24T04:00:00.000Z"]);
});

it("windows that follow each other without a gap are one", () => {
  const windows = [deny("0 0 * * *", "6h"), deny("0 6 * * *", "6h")];
  expect(at("2026-11-23T01:00:00Z", ...windows)).toEqual([["0 0 * * *"], "2026-11-23T12:00:00.000Z"]);
  expect(at("2026-11-23T01:00:00Z", deny("*/5 0-7 * * *", "10m"))[1]).toBe("2026-11-23T08:05:00.000Z");
});

it("what denies for ever never ends, and what can't be told is not told", () => {
  expect(at("2026-11-23T01:00:00Z", deny("0 0 * * *", "24h"))).toEqual([["0 0 * * *"], "never"]);
  expect(at("2026-11-23T01:00:00Z", deny("* * * * *", "1h"))).toEqual([["* * * * *"], undefined]);
});

it("clocks that are put forward and back are followed", () => {
  const early = deny("30 2 * * *", "1h", "Europe/Berlin");
  expect(at("2026-10-25T00:45:00Z", early)[0]).toEqual(["30 2 * * *"]);
  expect(at("2026-03-29T00:00:00Z", early)[1]).toMatch(/^2026-03-29T01:/);
});
