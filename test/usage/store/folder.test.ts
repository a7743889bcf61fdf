import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { openUsageStore } from "../../../src/usage/store/open-usage-store.ts";
import type { UsageStore } from "../../../src/usage/usage-store.ts";
import { newFolder, type Place } from "./places.ts";
import { daysOfRound, LOOP, roundsOf, SAVE_IN_LOOP } from "./save-in-loop.ts";

const NAMESPACE = LOOP.namespace;

describe("a folder of usage", () => {
  it("holds whole days when a process is killed in the middle of saving, and goes on", async () => {
    const { location } = await place();
    for (const saves of [1, 2, 3, 5]) {
      const child = spawn(process.execPath, [SAVE_IN_LOOP, location, `${saves}000`, "999"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let seen = 0;
      for await (const line of createInterface(child.stdout)) {
        expect(line).toMatch(/^saved /);
        // Saving goes on while we wait, as does the reading of what is told.
        if (++seen === saves) setTimeout(() => child.kill("SIGKILL"), 2 * saves);
      }
      const { store, warnings } = await opened(location);
      const rounds = await roundsByNamespace(store);
      for (const found of rounds.values()) expect(found).toHaveLength(1);
      expect(rounds.get(NAMESPACE)?.[0]).toBeGreaterThanOrEqual(saves * 1000 + seen - 1);
      await store.save(LOOP.source, NAMESPACE, daysOfRound(1));
      expect(roundsOf(await store.load(LOOP.source, NAMESPACE, LOOP.days))).toEqual([1]);
      expect(warnings).toEqual([]);
    }
  });

  it("waits while another process writes", async () => {
    const { location } = await place();
    const { store, warnings } = await opened(location);
    const holding = `
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
      const database = new DatabaseSync(${JSON.stringify(path.join(location, "usage.sqlite"))});
      database.exec("BEGIN IMMEDIATE");
      console.log("held");
      setTimeout(() => database.exec("COMMIT"), 300);`;
    const child = execa(process.execPath, ["--eval", holding]);
    await child.iterable().next();
    await store.save("s", NAMESPACE, daysOfRound(1));
    expect(roundsOf(await store.load("s", NAMESPACE, LOOP.days))).toEqual([1]);
    expect(warnings).toEqual([]);
    await child;
  });

  it("that is full is told once: what was saved stays, the rest is not kept, and the sweep goes on", async () => {
    const { location } = await place();
    await execa(process.execPath, [SAVE_IN_LOOP, location, "0", "1"]);
    // Room for the log of a few saves, not for more.
    const limited = ["prlimit", "--fsize=300000", process.execPath, SAVE_IN_LOOP, location, "1", "30"];
    const [program = "", ...args] = limited;
    const { stdout } = await execa(program, args);
    const lines = stdout.split("\n");
    expect(lines.filter((line) => line.startsWith("saved"))).toHaveLength(30);
    expect(lines.filter((line) => !line.startsWith("saved"))).toEqual([
      expect.stringMatching(/^warning: usage is not kept, .*usage: .*(full|I\/O).*; `store` takes a folder/),
    ]);
    const { store, warnings } = await opened(location);
    for (const found of (await roundsByNamespace(store)).values()) expect(found).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it("that can't be written to is told, and the sweep goes on without", async () => {
    const { location } = await place();
    await writeFile(location, "a file");
    const { store, warnings } = await opened(location);
    await store.save("s", NAMESPACE, daysOfRound(1));
    expect(await store.kept("s")).toEqual(new Map());
    expect(await store.load("s", NAMESPACE, LOOP.days)).toEqual(new Map());
    await store.prune(5);
    expect(warnings).toEqual([
      expect.stringMatching(/^usage is not kept, .*usage: E(EXIST|NOTDIR).*; `store` takes/),
    ]);
  });

  it("whose file can't be opened is told", async () => {
    const { location } = await place();
    await mkdir(path.join(location, "usage.sqlite"), { recursive: true });
    expect((await opened(location)).warnings).toEqual([expect.stringMatching(/usage is not kept/)]);
  });

  it("is put aside and made anew where its file is no database", async () => {
    const { location } = await place();
    await keep(location, 1);
    await writeFile(path.join(location, "usage.sqlite"), "x".repeat(10_000));
    const { store, warnings } = await opened(location);
    expect(warnings).toEqual([expect.stringMatching(/usage\.sqlite is damaged: it lies now in .*\.damaged/)]);
    expect(await store.kept("s")).toEqual(new Map());
    await store.save("s", NAMESPACE, daysOfRound(2));
    expect(roundsOf(await store.load("s", NAMESPACE, LOOP.days))).toEqual([2]);
    expect(await readFile(path.join(location, "usage.sqlite.damaged"), "utf8")).toBe("x".repeat(10_000));
  });

  it("gives what was once saved or nothing, wherever its file is damaged", async () => {
    const { location } = await place();
    const file = path.join(location, "usage.sqlite");
    await keep(location, 1);
    const sound = await readFile(file);
    const edits = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(sound.length), async (edits, end) => {
        const edited = Buffer.from(sound);
        for (const [at, byte] of edits) edited[at] = byte;
        for (const damaged of [edited, sound.subarray(0, end)]) {
          await rm(location, { recursive: true });
          await mkdir(location);
          await writeFile(file, damaged);
          await using store = await openUsageStore(location, () => {});
          const load = async (): Promise<number[]> => roundsOf(await store.load("s", NAMESPACE, LOOP.days));
          expect([1]).toEqual(expect.arrayContaining(await load()));
          await store.save("s", NAMESPACE, daysOfRound(2));
          expect([1, 2]).toEqual(expect.arrayContaining(await load()));
        }
      }),
      { numRuns: 12 },
    );
  });

  it("gets smaller when days are forgotten", async () => {
    const { location } = await place();
    {
      await using store = await openUsageStore(location, expect.unreachable);
      for (let day = 0; day < 300; day++) await store.save("s", `${day}`, daysOfRound(1));
    }
    const full = await bytesOf(location);
    {
      await using store = await openUsageStore(location, expect.unreachable);
      await store.prune(Math.max(...LOOP.days) + 1);
    }
    expect(await bytesOf(location)).toBeLessThan(full / 10);
  });

  it("is its owner's alone", async () => {
    const { location } = await place();
    await keep(location, 1);
    for (const [entry, mode] of [
      [location, 0o700],
      [path.join(location, "usage.sqlite"), 0o600],
    ] as const)
      expect((await stat(entry)).mode & 0o777).toBe(mode);
  });
});

async function place(): Promise<Place> {
  const made = await newFolder();
  onTestFinished(async () => await made[Symbol.asyncDispose]());
  return made;
}

async function opened(location: string): Promise<{ store: UsageStore; warnings: string[] }> {
  const warnings: string[] = [];
  const store = await openUsageStore(location, (warning) => warnings.push(warning));
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  return { store, warnings };
}

async function roundsByNamespace(store: UsageStore): Promise<Map<string, number[]>> {
  const rounds = new Map<string, number[]>();
  for (const [namespace, days] of await store.kept(LOOP.source)) {
    expect(days).toEqual(LOOP.days);
    rounds.set(namespace, roundsOf(await store.load(LOOP.source, namespace, days)));
  }
  return rounds;
}

async function keep(location: string, round: number): Promise<void> {
  const { store, warnings } = await opened(location);
  await store.save("s", NAMESPACE, daysOfRound(round));
  await store[Symbol.asyncDispose]();
  expect(warnings).toEqual([]);
}

async function bytesOf(folder: string): Promise<number> {
  const stats = await Promise.all(
    (await readdir(folder)).map(async (name) => await stat(path.join(folder, name))),
  );
  return stats.reduce((sum, { size }) => sum + size, 0);
}
