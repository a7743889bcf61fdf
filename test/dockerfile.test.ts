import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";

const read = async (file: string): Promise<string> =>
  await readFile(path.join(import.meta.dirname, "..", file), "utf8");

describe("Dockerfile", async () => {
  const dockerfile = await read("Dockerfile");

  it("takes helm and kubectl from the package, and with the hash, that the tests use", async () => {
    const [, name, integrity = ""] =
      /current: \{\s*package: "([^"]+)",\s*integrity:\s*"sha512-([^"]+)"/.exec(
        await read("scripts/install-renderers.ts"),
      ) ?? [];
    expect(dockerfile).toContain(` ${name} `);
    expect(dockerfile).toContain(`"${Buffer.from(integrity, "base64").toString("hex")}  `);
  });

  it("runs the Node.js that the tests run on", () => {
    expect(new Set(dockerfile.match(/(?<=FROM node:)[\d.]+/g))).toEqual(new Set([process.versions.node]));
  });

  it("ends as somebody who is not root, named by number", () => {
    expect(dockerfile.match(/^USER .*$/gm)).toEqual(["USER 65532:65532"]);
  });

  it("copies nothing that .dockerignore holds back", async () => {
    const admitted = (await read(".dockerignore")).match(/(?<=^!).*$/gm);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, files = ""]) =>
      files.split(" "),
    );
    expect(copied.length).toBeGreaterThan(4);
    expect(admitted).toEqual(expect.arrayContaining(copied));
  });
});
