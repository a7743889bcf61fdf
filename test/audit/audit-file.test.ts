import { appendFile, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appendEntry, readEntries } from "../../src/audit/audit-file.ts";
import { auditFile } from "../../src/audit/audit-place.ts";
import type { AuditEntry } from "../../src/audit/entry.ts";
import { faultsBySchema } from "../cli/fixture-case.ts";
import { loadline } from "../support/loadline.ts";

const ENTRY: AuditEntry = {
  version: 1,
  at: "2026-11-20T10:00:00.000Z",
  actor: "=alice\u001B[31m",
  action: "command",
  command: "set web requests.cpu=250m",
  repository: "acme/shop",
  number: 7,
  workloads: ["prod Deployment/shop/api web"],
  evidence: "abc",
  outcome: "done",
};

describe("the audit log", () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "loadline-audit-"));
    file = path.join(folder, "kept", "audit.jsonl");
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  it("loses no line of many that are written at the same time", async () => {
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    await Promise.all(numbers.map(async (number) => await appendEntry(file, { ...ENTRY, number })));
    const { entries, unreadable } = await readEntries(file, 0);
    expect(unreadable).toBe(0);
    expect(entries.map(({ number }) => number ?? -1).sort((a, b) => a - b)).toEqual(numbers);
  });

  it("goes on in a new file after somebody has moved the old one away", async () => {
    await rename(file, `${file}.1`);
    await appendEntry(file, ENTRY);
    expect((await readEntries(file, 0)).entries).toEqual([ENTRY]);
    expect((await readEntries(`${file}.1`, 0)).entries).toHaveLength(200);
  });

  it("reads what is whole and counts what is not, from a time on", async () => {
    await appendFile(file, `{"version":2}\n{"version":1,"at"`);
    expect(await readEntries(file, 0)).toMatchObject({ entries: [ENTRY], unreadable: 2 });
    expect((await readEntries(file, Date.parse(ENTRY.at) + 1)).entries).toEqual([]);
    expect(
      await faultsBySchema("audit-entry", (await readFile(file, "utf8")).split("\n")[0] ?? ""),
    ).toBeNull();
  });

  it("stands where the configuration says, else in the store's folder, else in no file", () => {
    const at = (config: object): string | undefined => auditFile(config, "/etc/loadline");
    expect(at({ audit: "a.jsonl", store: "days" })).toBe("/etc/loadline/a.jsonl");
    expect(at({ store: "/var/days" })).toBe("/var/days/audit.jsonl");
    expect([at({}), at({ store: "none" }), at({ store: "postgres://db/x" })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is printed as JSON that its schema describes, as CSV without formulas, and without steering a terminal", async () => {
    const [json, csv, table] = await Promise.all(
      ["json", "csv", "table"].map(
        async (format) => (await loadline(["audit", "--file", file, "--format", format])).out,
      ),
    );
    expect(await faultsBySchema("audit", json ?? "")).toBeNull();
    expect(csv).toContain(",'=alice");
    expect(table).toBe(
      "2026-11-20 10:00:00  =alice�[31m  acme/shop#7  /loadline set web requests.cpu=250m  prod Deployment/shop/api web\n",
    );
    const late = await loadline(["audit", "--file", file, "--since", "1s", "--format", "json"]);
    expect(JSON.parse(late.out)).toMatchObject({ entries: [], unreadable: 2 });
  });
});
