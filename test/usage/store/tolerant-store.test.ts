import { describe, expect, it } from "vitest";
import { noStore } from "../../../src/usage/store/no-store.ts";
import { tolerantStore } from "../../../src/usage/store/tolerant-store.ts";

/** A store that fails at reading or writing; what it was asked, and what was told. */
function failing(...fails: readonly ("load" | "save")[]) {
  const asked: string[] = [];
  const told: unknown[] = [];
  const answer = async <T>(what: "load" | "save", otherwise: T): Promise<T> => {
    asked.push(what);
    if (fails.includes(what)) throw new Error(`no ${what}`);
    return await Promise.resolve(otherwise);
  };
  const store = tolerantStore(
    { ...noStore(), load: () => answer("load", new Map()), save: () => answer("save", undefined) },
    (fault) => told.push(fault),
  );
  const work = async (): Promise<void> => {
    await store.save("s", "shop", new Map());
    expect(await store.load("s", "shop", [1])).toEqual(new Map());
  };
  return { asked, told, work };
}

describe("a store that fails", () => {
  it("to write is not written to again, but read", async () => {
    const { asked, told, work } = failing("save");
    await work();
    await work();
    expect(asked).toEqual(["save", "load", "load"]);
    expect(told).toEqual([new Error("no save")]);
  });

  it("to be read is left alone from then on", async () => {
    const { asked, told, work } = failing("load");
    await work();
    await work();
    expect(asked).toEqual(["save", "load"]);
    expect(told).toEqual([new Error("no load")]);
  });

  it("in both is told once", async () => {
    const { told, work } = failing("save", "load");
    await work();
    expect(told).toEqual([new Error("no save")]);
  });
});
