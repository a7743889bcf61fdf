import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { WatchView } from "../../src/inventory/kubernetes-watch-view.ts";

interface Item {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string };
  readonly size: number;
}

/** An API server's list of one resource, with every event since it was compacted. */
class ListOnServer {
  readonly #items = new Map<string, Item>();
  #log: { readonly type: string; readonly object: Item }[] = [];
  #version = 100;
  #compactedAt = 100;

  write(name: string, size: number): void {
    const type = this.#items.has(name) ? "MODIFIED" : "ADDED";
    const metadata = { namespace: "shop", name, resourceVersion: String(++this.#version) };
    this.#items.set(name, { metadata, size });
    this.#log.push({ type, object: { metadata, size } });
  }

  remove(name: string): void {
    const item = this.#items.get(name);
    if (!item) return;
    this.#items.delete(name);
    const metadata = { ...item.metadata, resourceVersion: String(++this.#version) };
    this.#log.push({ type: "DELETED", object: { ...item, metadata } });
  }

  /** Versions before now are forgotten. */
  compact(): void {
    this.#log = [];
    this.#compactedAt = this.#version;
  }

  list() {
    return { items: [...this.#items.values()], resourceVersion: String(this.#version) };
  }

  after(version: string): readonly object[] | "gone" {
    if (Number(version) < this.#compactedAt) return "gone";
    return this.#log.filter(({ object }) => Number(object.metadata.resourceVersion) > Number(version));
  }

  bookmark(): object {
    return { type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.#version) } } };
  }
}

const GONE = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } };

const Shape = z.object({ metadata: z.object({ name: z.string() }), size: z.number() });

/** Leaves out what has no size, and notes what has too much of it. */
function take(item: unknown, note: (text: string) => void): string | undefined {
  const { metadata, size } = Shape.parse(item);
  if (size > 8) note(`${metadata.name} is too large`);
  return size === 0 ? undefined : `${metadata.name} ${size}`;
}

const name = fc.constantFrom("a", "b", "c", "d");
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write"), name, size: fc.nat(10) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove"), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("hear"), count: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("break", "bookmark", "compact") }) },
);

describe("a list that a watch keeps up to date", () => {
  test("is in the end what a fresh list is, whatever is written, heard, broken and forgotten in between", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const server = new ListOnServer();
        server.write("a", 3);
        const view = new WatchView(take);
        const relist = (): void => {
          const { items, resourceVersion } = server.list();
          view.replace({ items: items.map((item) => view.hold(item)), resourceVersion });
        };
        relist();
        /** Asked for from the last version that was heard; some of it may be lost with the connection. */
        const hear = (most: number): void => {
          const events = server.after(view.resourceVersion);
          if (events !== "gone") {
            for (const event of events.slice(0, most)) expect(view.apply(event)).toBe(true);
            return;
          }
          expect(view.apply(GONE)).toBe(false);
          relist();
        };
        for (const one of steps) {
          if (one.do === "write" && "size" in one) server.write(one.name, one.size);
          if (one.do === "remove" && "name" in one) server.remove(one.name);
          if (one.do === "hear" && "count" in one) hear(one.count);
          if (one.do === "compact") server.compact();
          if (one.do === "break") hear(1);
          if (one.do === "bookmark") {
            hear(Number.POSITIVE_INFINITY);
            expect(view.apply(server.bookmark())).toBe(true);
          }
        }
        hear(Number.POSITIVE_INFINITY);
        const [notes, fresh, freshNotes]: string[][] = [[], [], []];
        for (const item of server
          .list()
          .items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)))
          fresh?.push(...[take(item, (text) => freshNotes?.push(text)) ?? []].flat());
        expect(view.items((text) => notes?.push(text))).toEqual(fresh);
        expect(notes).toEqual(freshNotes);
        expect(view.resourceVersion).toBe(server.list().resourceVersion);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["no object", {}],
    ["an object without a version", { type: "ADDED", object: { metadata: { name: "a" } } }],
    ["an unknown type", { type: "RENAMED", object: { metadata: { resourceVersion: "1" } } }],
    ["another error", { type: "ERROR", object: { code: 500 } }],
    ["something else", "hello"],
  ])("is not changed by an event that is %s, and says so", (_, event) => {
    const view = new WatchView(take);
    view.replace({ items: [], resourceVersion: "7" });
    expect(view.apply(event)).toBe(false);
    expect([view.items(() => undefined), view.resourceVersion]).toEqual([[], "7"]);
  });

  test("keeps nothing of an object but what is made of it", () => {
    const view = new WatchView(take);
    const item = { metadata: { namespace: "shop", name: "a" }, size: 2, heavy: "x".repeat(1000) };
    expect(view.hold(item)).toEqual({ key: "shop/a", value: "a 2", notes: [] });
  });
});
