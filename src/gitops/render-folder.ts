import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { RenderStore } from "./render-store.ts";
import type { RenderedObjects } from "./render/rendered.ts";

export interface RenderFolderOptions {
  /** More than that is not kept: what was not used for longest goes first. */
  readonly bytes?: number;
  /** What else keys are good for: another version of Loadline finds nothing of this one's. */
  readonly edition?: string;
}

const MOST_BYTES = 512 * 2 ** 20;
/** Down to this share, so that not every new rendering has others deleted. */
const KEPT_SHARE = 0.8;

const schema = z.object({
  objects: z.array(z.unknown()),
  templates: z.array(z.string().nullable()),
});

/**
 * Renderings as files of a folder, one each, for its owner alone: manifests may hold secrets. Several processes
 * may share it: a file is written beside and renamed, and one that is damaged counts as missing.
 */
export function renderFolder(
  folder: string,
  { bytes: most = MOST_BYTES, edition = "" }: RenderFolderOptions = {},
): RenderStore {
  const at = (key: string): string => path.join(folder, digest(`${edition}\n${key}`));
  let size: Promise<number> | undefined;
  const add = async (written: number): Promise<void> => {
    size = (
      size ?? mkdir(folder, { recursive: true, mode: 0o700 }).then(async () => await sizeOf(folder))
    ).then(async (before) =>
      before + written > most ? await shrink(folder, most * KEPT_SHARE) : before + written,
    );
    await size;
  };
  return {
    async get(key) {
      const file = at(key);
      const rendered = parse(await readFile(file, "utf8").catch(() => ""));
      const now = new Date();
      if (rendered) await utimes(file, now, now).catch(() => undefined);
      return rendered;
    },
    async put(key, rendered) {
      const text = format(rendered);
      if (text === undefined) return;
      const draft = path.join(folder, `${randomUUID()}.tmp`);
      try {
        await add(Buffer.byteLength(text));
        await writeFile(draft, text, { flag: "wx", mode: 0o600 });
        await rename(draft, at(key));
      } catch {
        // A disk that is full or not ours to write to: there is only nothing to be found again.
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** A line with the digest of the JSON behind it; `undefined` for what JSON can't hold. */
function format({ objects, templates }: RenderedObjects): string | undefined {
  try {
    const json = JSON.stringify({ objects, templates: templates.map((name) => name ?? null) });
    const text = `${digest(json)}\n${json}`;
    return isDeepStrictEqual(parse(text)?.objects, objects) ? text : undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function parse(text: string): RenderedObjects | undefined {
  const end = text.indexOf("\n");
  const json = text.slice(end + 1);
  if (end === -1 || digest(json) !== text.slice(0, end)) return undefined;
  const { data } = schema.safeParse(JSON.parse(json));
  return data && { objects: data.objects, templates: data.templates.map((name) => name ?? undefined) };
}

interface Entry {
  readonly file: string;
  readonly bytes: number;
  readonly usedMs: number;
}

async function sizeOf(folder: string): Promise<number> {
  return (await entriesOf(folder)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Deletes the oldest until no more than that is left; what is left. */
async function shrink(folder: string, most: number): Promise<number> {
  const entries = (await entriesOf(folder)).sort((a, b) => a.usedMs - b.usedMs);
  let left = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { file, bytes } of entries) {
    if (left <= most) break;
    await rm(file, { force: true });
    left -= bytes;
  }
  return left;
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const names = await readdir(folder);
  const found = await Promise.all(
    names.map(async (name): Promise<Entry[]> => {
      const file = path.join(folder, name);
      const stats = await stat(file).catch(() => undefined);
      return stats?.isFile() ? [{ file, bytes: stats.size, usedMs: stats.mtimeMs }] : [];
    }),
  );
  return found.flat();
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
