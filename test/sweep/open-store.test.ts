import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";

describe("usage that is kept", () => {
  it("lies with the caches of the user unless another is named, and Node says nothing of it", async () => {
    const location = await mkdtemp(path.join(tmpdir(), "loadline-store-"));
    onTestFinished(async () => await rm(location, { recursive: true }));
    const module = path.join(import.meta.dirname, "../../src/sweep/open/open-store.ts");
    const script = `import { openStore } from ${JSON.stringify(module)}; await using store = await openStore(undefined, "/", console.log)`;
    const run = async (XDG_CACHE_HOME: string, HOME: string) =>
      await execa(process.execPath, ["--input-type=module-typescript", "--eval", script], {
        env: { XDG_CACHE_HOME, HOME },
      });
    for (const { stdout, stderr } of [await run(location, "/nowhere"), await run("not/absolute", location)])
      expect(stdout + stderr).toBe("");
    expect(await readdir(path.join(location, "loadline", "usage"))).toEqual(["usage.sqlite"]);
    expect(await readdir(path.join(location, ".cache", "loadline", "usage"))).toEqual(["usage.sqlite"]);
  });
});
