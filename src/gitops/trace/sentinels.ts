import { createHash } from "node:crypto";
import type { Reason } from "../../domain/reason.ts";
import type { ResourceField } from "../../domain/resources.ts";
import { editYaml, type ScalarChange } from "../../manifests/edit-yaml.ts";
import { type Candidate } from "./candidates.ts";
import { placeKey } from "./place.ts";

/** Numbers that nobody asks for, so that what arrives in a container tells where it came from. */
const FIRST = 7_000_000;
const ANY_SENTINEL = /7\d{6}/;
const COUNT = 1_000_000;
/** Fuller, and the search for a free number takes long. */
const FULL = 0.9;

/** Gives each thing a number, and knows the thing by its number in a rendered text again. */
export class Sentinels<Thing> {
  readonly #things = new Map<number, Thing>();

  /**
   * A legal amount in the unit of `text`, or in that of the resource where there is no text yet. The number
   * comes of the key: what was marked before is marked alike, and its rendering need not be made again.
   */
  amountFor(
    key: string,
    thing: Thing,
    text: string | undefined,
    resource: ResourceField | undefined,
  ): string | undefined {
    if (this.#things.size >= COUNT * FULL) return undefined;
    let place = createHash("sha256").update(key).digest().readUInt32BE() % COUNT;
    while (this.#things.has(FIRST + place)) place = (place + 1) % COUNT;
    const number = FIRST + place;
    this.#things.set(number, thing);
    const suffix = text === undefined ? (resource?.endsWith("memory") ? "Mi" : "m") : unitOf(text);
    return `${number}${suffix}`;
  }

  /** What the text carries: the thing, and whether the whole amount arrived as it was. */
  find(text: string): { thing: Thing; suffix: string } | undefined {
    const [digits] = ANY_SENTINEL.exec(text) ?? [];
    const thing = digits === undefined ? undefined : this.#things.get(Number(digits));
    return thing === undefined || digits === undefined
      ? undefined
      : { thing, suffix: text.replace(digits, "") };
  }
}

/** `m`, `Mi`, or nothing for bare numbers. */
export function unitOf(text: string): string {
  return /(?:[numkMGTPE]|[KMGTPE]i)$/.exec(text)?.[0] ?? "";
}

/** What is wrong with a whole file, so that no part of it needs to be tried. */
const OF_THE_FILE = new Set([
  "file-too-large",
  "sops",
  "generated",
  "duplicate-keys",
  "yaml-invalid",
  "yaml-bomb",
  "yaml-too-deep",
]);

/**
 * Puts values into a text, leaving out those that can't be put there. The text, and for each that was left out
 * the reason by its place.
 */
export function putAll(
  text: string,
  wanted: readonly { readonly candidate: Candidate; readonly value: string }[],
): { text: string; refused: Map<string, Reason> } {
  const refused = new Map<string, Reason>();
  const put = (current: string, part: typeof wanted): string => {
    if (part.length === 0) return current;
    const edited = editYaml(
      current,
      part.map(({ candidate: { place }, value }): ScalarChange => ({ ...place, value })),
    );
    if (!("refused" in edited)) return edited.text;
    if (part.length === 1 || OF_THE_FILE.has(edited.refused.code)) {
      for (const { candidate } of part) refused.set(placeKey(candidate.place), edited.refused);
      return current;
    }
    const half = Math.ceil(part.length / 2);
    return put(put(current, part.slice(0, half)), part.slice(half));
  };
  return { text: put(text, wanted), refused };
}
