import { z } from "zod";
import type { Note } from "./kubernetes-amounts.ts";
import type { Take } from "./kubernetes-lists.ts";
import type { WholeList } from "./kubernetes-api.ts";

/** What is kept of an object: what the inventory makes of it, and what was odd about it. */
export interface Held<T> {
  readonly key: string;
  readonly value: T | undefined;
  readonly notes: readonly string[];
}

/** A list as it is after all events that were heard: the same that listing it at that version would give. */
export class WatchView<T> {
  readonly #take: Take<T>;
  #held = new Map<string, Held<T>>();
  #version = "";

  constructor(take: Take<T>) {
    this.#take = take;
  }

  /** The last that was heard of: from where a watch goes on, whatever broke. */
  get resourceVersion(): string {
    return this.#version;
  }

  /** What is kept of an item of a list; nothing changes by it. */
  hold(item: unknown): Held<T> {
    const notes: string[] = [];
    const value = this.#take(item, (text) => notes.push(text));
    return { key: keyOf(item), value, notes: notes.length === 0 ? NO_NOTES : notes };
  }

  replace({ items, resourceVersion }: WholeList<Held<T>>): void {
    this.#held = new Map(items.map((held) => [held.key, held]));
    this.#version = resourceVersion;
  }

  /**
   * Whether the view can go on from here: not where the server no longer knows the version it is at, or what came is no
   * event of a watch. Then the list has to be read anew.
   */
  apply(event: unknown): boolean {
    const { data } = WatchEvent.safeParse(event);
    if (data === undefined || data.type === "ERROR") return false;
    if (data.type === "ADDED" || data.type === "MODIFIED") {
      const held = this.hold(data.object);
      this.#held.set(held.key, held);
    }
    if (data.type === "DELETED") this.#held.delete(keyOf(data.object));
    this.#version = data.object.metadata.resourceVersion;
    return true;
  }

  /** In the order of a list; what was odd about the objects is told again. */
  items(note: Note): T[] {
    return [...this.#held.values()]
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .flatMap(({ value, notes }) => {
        for (const text of notes) note(text);
        return value === undefined ? [] : [value];
      });
  }
}

const NO_NOTES: readonly string[] = [];

/** No name holds a slash. */
function keyOf(item: unknown): string {
  const { namespace, name } = Named.parse(item).metadata;
  return `${namespace}/${name}`;
}

const Text = z.string().catch("");
const Named = z
  .object({ metadata: z.object({ namespace: Text, name: Text }) })
  .catch({ metadata: { namespace: "", name: "" } });

const Versioned = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string().min(1) }) });

const WatchEvent = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]), object: Versioned }),
  z.object({ type: z.literal("ERROR") }),
]);
