import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, recordedUsage, writeRecording } from "../../demo/recorded-usage.ts";
import { parseConfig } from "../../src/config/load.ts";
import { gitFolder, type GitFolder } from "../support/git-folder.ts";
import { loadline } from "../support/loadline.ts";
import { prometheusAvailable, type RunningPrometheus, startPrometheus } from "../support/prometheus.ts";
import { type Block, type Page, readPages, ROOT } from "./markdown.ts";

const PROMETHEUS = "http://localhost:9090";
const TYPO = "version: 1\nclusters:\n  - name: prod\n    metricsFile: a.om\npolicy:\n  percentil: 90\n";

const pages = await readPages();

/** What the commands of a page find around them. */
let world: string;
let untouched: GitFolder;
let prometheus: RunningPrometheus | undefined;

beforeAll(async () => {
  world = await mkdtemp(path.join(tmpdir(), "loadline-docs-"));
  untouched = await gitFolder({ from: DEMO_REPOSITORY });
  const usage = await recordedUsage(Math.floor(Date.now() / 300_000) * 300_000, "2d", 300);
  await writeRecording(usage, path.join(world, "usage.om.gz"));
  if (prometheusAvailable) prometheus = await startPrometheus({ openMetrics: usage.lines() });
  await mkdir(path.join(world, "bin"));
  const program = path.join(world, "bin", "loadline");
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/src/main.ts' "$@"\n`);
  await chmod(program, 0o755);
});

afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await untouched[Symbol.asyncDispose]();
  await rm(world, { recursive: true });
});

describe.each(pages.filter(({ blocks }) => blocks.some(isRun)))("the commands of $file", (page) => {
  it("do what the page says", async () => {
    const folder = await placeFor(page);
    for (const block of page.blocks.filter(isRun)) {
      if (block.text.includes(PROMETHEUS) && !prometheus) continue;
      const ran = await run(block, folder);
      const at = `${page.file}:${block.line}`;
      expect({ at, code: ran.code, ...(ran.code === 0 ? {} : { said: ran.said }) }).toMatchObject({
        at,
        code: Number(block.words.get("test")),
      });
      if (block.language === "console") expect(ran.said).toBe(printedBy(block));
    }
    // A page may run a dozen commands, each a process of its own.
  }, 300_000);
});

describe("every command that the pages show", () => {
  const shown = pages.flatMap((page) =>
    page.blocks
      .filter(({ language }) => language === "sh" || language === "console")
      .flatMap((block) =>
        commandsOf(block).map(([verb, flags]) => ({ at: `${page.file}:${block.line}`, verb, flags })),
      ),
  );

  it("is one of the verbs, with flags that it has", async () => {
    expect(shown.length).toBeGreaterThan(10);
    for (const verb of new Set(shown.map((command) => command.verb))) {
      const { out, code } = await loadline([verb, "--help"]);
      expect({ verb, code }).toEqual({ verb, code: 0 });
      for (const { at, flags } of shown.filter((command) => command.verb === verb))
        for (const flag of flags) expect(out, `${at}: ${verb} ${flag}`).toMatch(new RegExp(`${flag}\\b`));
    }
  });
});

describe("every configuration that the pages show", () => {
  it.each(
    pages.flatMap(({ file, blocks }) =>
      blocks
        .filter(({ words }) => words.has("config"))
        .map(({ text, line }) => ({ at: `${file}:${line}`, text })),
    ),
  )("$at is valid", ({ at, text }) => {
    expect(parseConfig(text, at).clusters).not.toEqual([]);
  });
});

function isRun({ words }: Block): boolean {
  return words.has("test");
}

/** A folder of its own for a page: two copies of the demo's repository, a recording, and its configurations. */
async function placeFor(page: Page): Promise<string> {
  const folder = await mkdtemp(path.join(world, "page-"));
  for (const name of ["shop", "untouched"])
    await execa("git", ["clone", "--quiet", untouched.folder, path.join(folder, name)]);
  await execa("ln", [path.join(world, "usage.om.gz"), folder]);
  await writeFile(path.join(folder, "typo.yaml"), TYPO);
  for (const { words, text } of page.blocks) {
    const name = words.get("config");
    if (name !== undefined) await writeFile(path.join(folder, name === "" ? "loadline.yaml" : name), text);
  }
  return folder;
}

async function run(block: Block, folder: string): Promise<{ code: number | undefined; said: string }> {
  const script = (block.language === "console" ? typedIn(block) : block.text).replaceAll(
    PROMETHEUS,
    prometheus?.url ?? PROMETHEUS,
  );
  const { exitCode, all } = await execa("sh", ["-euc", script], {
    cwd: folder,
    all: true,
    reject: false,
    stripFinalNewline: false,
    extendEnv: false,
    env: {
      PATH: `${path.join(world, "bin")}:${process.env["PATH"]}`,
      HOME: folder,
      NO_COLOR: "1",
      NODE_COMPILE_CACHE: path.join(world, "compiled"),
    },
  });
  return { code: exitCode, said: all };
}

function typedIn({ text }: Block): string {
  return [...text.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command).join("\n");
}

function printedBy({ text }: Block): string {
  return text.replaceAll(/^\$ .*\n/gm, "");
}

/** The verbs and flags of `loadline …`, also behind npx and docker run, over continued lines. */
function commandsOf({ text }: Block): (readonly [verb: string, flags: string[]])[] {
  return [...text.replaceAll("\\\n", " ").matchAll(/(?:^|\s)loadline ([a-z]+)\b(.*)$/gm)].map(
    ([, verb = "", rest = ""]) => [verb, rest.match(/(?<=\s)--[a-z-]+/g) ?? []],
  );
}
