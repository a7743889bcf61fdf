import path from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";

const MAIN = path.join(import.meta.dirname, "..", "..", "src", "main.ts");

it("says in one sentence that Node.js is too old", async () => {
  const older = 'Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })';
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(older)}`, MAIN, "--version"],
    { reject: false },
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toMatch(/^loadline: needs Node\.js 24 or newer, and this is 20\.20\.2; [^\n]+$/);
});
