import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { directoryTree, remotesOf, resolveInside } from "../../src/gitops/directory-tree.ts";
import { overlay } from "../../src/gitops/tree.ts";
import { treeOf } from "./files.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tree-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(file: string, text = file): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), text);
}

async function git(...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
  await execa("git", [...identity, ...args], { cwd: folder, reject: !args.includes("merge") });
}

describe("the tree of a folder", () => {
  it("has what git tracks or would track, with odd names, and no links", async () => {
    for (const file of ["a.yaml", "b/c d.yaml", 'ü\n".yaml', "..data.yaml", ".hidden.yaml", "ignored.yaml"])
      await write(file);
    await write(".gitignore", "ignored.yaml\n");
    await symlink("a.yaml", path.join(folder, "link.yaml"));
    await git("init");
    await git("add", "a.yaml", "link.yaml");
    const tree = await directoryTree(folder);
    expect(await tree.files()).toEqual(
      ["..data.yaml", ".gitignore", ".hidden.yaml", "a.yaml", "b/c d.yaml", 'ü\n".yaml'].sort(),
    );
    for (const file of await tree.files())
      expect(Buffer.from(await tree.read(file)).toString()).toBe(
        file === ".gitignore" ? "ignored.yaml\n" : file,
      );
  });

  it("lists a file in a merge conflict once, and a deleted one not at all", async () => {
    await git("init");
    await write("a.yaml", "base");
    await write("gone.yaml");
    await git("add", ".");
    await git("commit", "-m", "base");
    await git("checkout", "-b", "other");
    await write("a.yaml", "theirs");
    await git("commit", "-am", "theirs");
    await git("checkout", "main");
    await write("a.yaml", "ours");
    await git("commit", "-am", "ours");
    await git("merge", "other");
    await rm(path.join(folder, "gone.yaml"));
    expect(await (await directoryTree(folder)).files()).toEqual(["a.yaml"]);
  });

  it("is every file where there is no repository", async () => {
    await write("b/a.yaml");
    await write("node_modules/x.yaml");
    await symlink(tmpdir(), path.join(folder, "outside"));
    expect(await (await directoryTree(folder)).files()).toEqual(["b/a.yaml"]);
  });

  it("refuses a folder that is not there", async () => {
    await expect(directoryTree(path.join(folder, "no"))).rejects.toThrow("there is no such folder");
  });

  it.each(["../x.yaml", "/etc/hostname", "b/../../x.yaml", "out/x.yaml", ".."])(
    "does not let %j lead outside",
    async (file) => {
      await symlink(tmpdir(), path.join(folder, "out"));
      await expect(resolveInside(folder, file)).rejects.toThrow(/outside|no such file/);
      await expect((await directoryTree(folder)).read(file)).rejects.toThrow(/outside|no such file/);
    },
  );
});

describe("the remotes of a folder", () => {
  it("are the addresses of its repository, each once, also from a folder below", async () => {
    await git("init");
    expect(await remotesOf(folder)).toEqual([]);
    await git("remote", "add", "origin", "git@git.example:acme/shop.git");
    await git("remote", "add", "fork", "https://git.example/alice/shop");
    await write("apps/a.yaml");
    expect(new Set(await remotesOf(path.join(folder, "apps")))).toEqual(
      new Set(["git@git.example:acme/shop.git", "https://git.example/alice/shop"]),
    );
  });

  it("are none where there is no repository", async () => {
    expect(await remotesOf(folder)).toEqual([]);
  });
});

it("an overlay replaces and adds files", async () => {
  const tree = overlay(
    treeOf({ "b.yaml": "1", "c.yaml": "2" }),
    new Map([
      ["b.yaml", "ü"],
      ["a.yaml", "4"],
    ]),
  );
  expect(await tree.files()).toEqual(["a.yaml", "b.yaml", "c.yaml"]);
  const texts = await Promise.all(["a.yaml", "b.yaml", "c.yaml"].map(async (file) => await tree.read(file)));
  expect(texts.map((bytes) => Buffer.from(bytes).toString())).toEqual(["4", "ü", "2"]);
});
