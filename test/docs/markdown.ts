import { glob, readFile } from "node:fs/promises";
import path from "node:path";

export const ROOT = path.join(import.meta.dirname, "..", "..");

/** A page for people. */
export interface Page {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A fenced block: ```` ```sh test ```` has the language `sh` and the words `test`. */
export interface Block {
  readonly language: string;
  /** `test`, `test=2`, `config=local.yaml`: what a test shall do with it. */
  readonly words: ReadonlyMap<string, string>;
  readonly text: string;
  /** Of the opening fence, counted from 1. */
  readonly line: number;
}

/** All pages that people read first, in the order of their names. */
export async function readPages(): Promise<Page[]> {
  const files: string[] = [];
  for await (const file of glob(["*.md", "docs/**/*.md"], { cwd: ROOT })) files.push(file);
  return await Promise.all(
    files.sort().map(async (file) => {
      const text = await readFile(path.join(ROOT, file), "utf8");
      return { file, text, blocks: blocksOf(text) };
    }),
  );
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\S+)(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", words = "", body = ""], index, all) => ({
      language,
      words: new Map(words.split(" ").flatMap((word) => (word === "" ? [] : [pair(word)]))),
      text: body,
      line: text.slice(0, all[index]?.index).split("\n").length,
    }),
  );
}

function pair(word: string): [string, string] {
  const [name = "", value = ""] = word.split("=");
  return [name, value];
}
