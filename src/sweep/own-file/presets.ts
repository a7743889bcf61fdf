import { layered } from "../../config/layered.ts";
import { placeIn } from "../../config/load.ts";
import type { PolicyConfig } from "../../config/policy.ts";
import { parsePresetName, type PresetName, presetText } from "../../config/preset-name.ts";
import { isRepositoryFile, parseRepositoryFile, type RepositoryFile } from "../../config/repository-file.ts";
import { InputError } from "../../domain/input-error.ts";
import type { EarlierText } from "../../github/earlier-texts.ts";

/** Where presets are read. */
export interface PresetSource {
  readonly read: (name: PresetName) => Promise<{ readonly text: string } | { readonly missing: string }>;
  /** What it said before, newest first. */
  readonly earlier: (name: PresetName) => AsyncIterable<EarlierText>;
}

/** What a file and its presets are read by. */
export interface PresetTerms {
  readonly from: PresetSource;
  /** Whether presets may be taken from `owner/name`. */
  readonly mayExtend: (repository: string) => boolean;
  /** The operator's policies, beyond which none of them may go. */
  readonly allowed: readonly PolicyConfig[];
}

export interface Resolved {
  /** Absent where nothing good could be made of it. */
  readonly own?: RepositoryFile;
  /** A line for each fault, its place in front. */
  readonly faults: readonly string[];
  /** What counts in the place of a preset that is at fault: `acme/presets//loadline.yml as it was at 1a2b3c4d5e`. */
  readonly inForce: readonly string[];
}

/** What a repository's own file says, with its presets below it; a preset at fault counts as it was when it was good. */
export async function resolvePresets(text: string, file: string, terms: PresetTerms): Promise<Resolved> {
  const reading: Reading = { terms, faults: [], inForce: [], left: { reads: MOST_READS } };
  const layers = await layersOf({ text, file, chain: [] }, reading);
  const { faults, inForce } = reading;
  const once = { faults: [...new Set(faults)], inForce: [...new Set(inForce)] };
  return { ...(layers ? { own: layered(layers) } : {}), ...once };
}

/** More than anybody writes; presets of presets could ask for any number. */
const MOST_READS = 100;

interface Reading {
  readonly terms: PresetTerms;
  readonly faults: string[];
  readonly inForce: string[];
  readonly left: { reads: number };
}

interface Source {
  readonly text: string;
  readonly file: string;
  /** The presets through which it was come to. */
  readonly chain: readonly string[];
}

/** A file with all that it extends, the lowest first; `undefined` where any of it can't be had. */
async function layersOf(source: Source, reading: Reading): Promise<RepositoryFile[] | undefined> {
  const { text, file } = source;
  const own = parsed(text, file, reading);
  if (!own) return undefined;
  const names = [own.extends ?? []].flat();
  const below: (RepositoryFile[] | undefined)[] = [];
  for (const [index, written] of names.entries()) {
    const name = parsePresetName(written);
    const path = Array.isArray(own.extends) ? ["extends", index] : ["extends"];
    if (name) below.push(await presetLayers(name, { ...source, path }, reading));
  }
  const found = below.filter((layers) => layers !== undefined);
  return found.length === names.length ? [...found.flat(), own] : undefined;
}

async function presetLayers(
  name: PresetName,
  { text, file, chain, path }: Source & { readonly path: readonly PropertyKey[] },
  reading: Reading,
): Promise<RepositoryFile[] | undefined> {
  const preset = presetText(name);
  const { terms, left } = reading;
  const refuse = (why: string): undefined =>
    void reading.faults.push(`${placeIn(text, file, path)}: extends ${preset}: ${why}`);
  if (chain.includes(preset))
    return refuse(`leads back to itself, by ${[...chain, preset].slice(chain.indexOf(preset)).join(" → ")}`);
  if (!terms.mayExtend(name.repository))
    return refuse("belongs to another owner, and the operator's configuration does not name it in presets");
  if ((left.reads -= 1) < 0) return refuse("is one of too many presets");
  const below = [...chain, preset];
  const now = await terms.from.read(name);
  if ("missing" in now) refuse(now.missing);
  // Whoever writes `extends` may be nobody who may read that repository: only of presets anything is told.
  else if (!isRepositoryFile(now.text)) refuse('is no preset, since it does not say "version: 1"');
  else {
    const layers = await layersOf({ text: now.text, file: preset, chain: below }, reading);
    if (layers) return layers;
  }
  for await (const earlier of terms.from.earlier(name)) {
    const before: Reading = { ...reading, faults: [], inForce: [] };
    const layers = await layersOf({ text: earlier.text, file: preset, chain: below }, before);
    if (!layers) continue;
    reading.inForce.push(`${preset} as it was at ${earlier.commit.slice(0, 10)}`, ...before.inForce);
    return layers;
  }
  return undefined;
}

function parsed(text: string, file: string, { terms, faults }: Reading): RepositoryFile | undefined {
  try {
    return parseRepositoryFile(text, file, terms.allowed);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(...error.message.split("\n"));
    return undefined;
  }
}
