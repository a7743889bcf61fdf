import { writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { commitTreeIn } from "../../src/cli/commit-tree.ts";
import { commitOf } from "../../src/gitops/directory-tree.ts";
import { gitFolder } from "../support/git-folder.ts";

it("an earlier commit of a folder is read as it was, from the root or below; what is not there is not made up", async () => {
  await using repository = await gitFolder({ files: { "apps/api.yaml": "cpu: 100m\n", "readme.md": "x" } });
  const { folder } = repository;
  const first = (await commitOf(folder)) ?? "";
  await writeFile(path.join(folder, "apps/api.yaml"), "cpu: 200m\n");
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  await execa("git", [...author, "commit", "--quiet", "-am", "second"], { cwd: folder });
  const textAt = async (at: string, file: string): Promise<string | undefined> => {
    await using opened = await commitTreeIn(at, first);
    return opened && new TextDecoder().decode(await opened.tree.read(file));
  };
  expect(await commitOf(folder)).not.toBe(first);
  expect(await textAt(folder, "apps/api.yaml")).toBe("cpu: 100m\n");
  expect(await textAt(path.join(folder, "apps"), "api.yaml")).toBe("cpu: 100m\n");
  expect(await commitTreeIn(folder, "1".repeat(40))).toBeUndefined();
});
