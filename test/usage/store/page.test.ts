import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sketch, SKETCH_BINS, sketchOf } from "../../../src/usage/sketch.ts";
import { decodePage, encodePage, PAGE_FORMAT, type PageKey } from "../../../src/usage/store/page.ts";
import type { ResourceDay } from "../../../src/usage/usage.ts";
import { asKept, containersOn } from "./generated-days.ts";

const KEY: PageKey = { source: "of-this-server", namespace: "shop", day: 20_500 };

describe("a page", () => {
  it("gives back any containers exactly, their distributions as sketches", () => {
    fc.assert(
      fc.property(containersOn(KEY.day), (containers) => {
        const read = decodePage(KEY, encodePage(KEY, containers));
        expect(asKept(read ?? [])).toStrictEqual(asKept(containers));
      }),
    );
  });

  it("is not there where any of its bytes is another, and where it is cut off or goes on", () => {
    fc.assert(
      fc.property(
        containersOn(KEY.day),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (containers, at, flip) => {
          const page = encodePage(KEY, containers);
          const place = at % page.length;
          expect(decodePage(KEY, page.with(place, (page[place] ?? 0) ^ flip))).toBeUndefined();
          expect(decodePage(KEY, page.subarray(0, place))).toBeUndefined();
          expect(decodePage(KEY, Buffer.concat([page, Buffer.from([flip])]))).toBeUndefined();
        },
      ),
    );
  });

  it("is not there under the key of another", () => {
    const page = encodePage(KEY, []);
    expect(decodePage(KEY, page)).toEqual([]);
    for (const other of [{ source: "of-another" }, { namespace: "bank" }, { day: 20_501 }])
      expect(decodePage({ ...KEY, ...other }, page)).toBeUndefined();
  });

  it("that someone made to harm is read as some containers or as none, and costs no more than its bytes", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ max: 255, min: 0 })));
    fc.assert(
      fc.property(containersOn(KEY.day), edits, fc.uint8Array(), (containers, edits, bytes) => {
        const content = encodePage(KEY, containers).subarray(0, -4);
        for (const [at, byte] of edits) content[at % content.length] = byte;
        for (const one of [content, bytes])
          for (const { cpu, memory } of decodePage(KEY, sealed(one)) ?? [])
            for (const bin of [...binsOf(cpu), ...binsOf(memory)]) expect(bin).toBeLessThan(SKETCH_BINS);
      }),
      { numRuns: 1000 },
    );
  });

  it("that promises more than it holds is not there", () => {
    const most = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (const content of [most, [0, ...most], [0, 0, ...most], [1, ...most], [0, 0, 1, 4, 0, 0, ...most]])
      expect(decodePage(KEY, sealed(Buffer.from([...content, 0, 0])))).toBeUndefined();
  });

  it("takes less than two bytes for each bin of a day's sketch", () => {
    const minutes = Array.from(
      { length: 1440 },
      (_, minute) => 0.2 * Math.exp(Math.sin(minute * minute) / 2),
    );
    const values = sketchOf(minutes);
    const cpu = { values, coveredSeconds: 86_340, firstMs: 0, lastMs: 86_340_000 };
    const containers = Array.from({ length: 10 }, (_, pod) => ({
      day: KEY.day,
      pod: `api-7d9f8b6c5-x${pod}`,
      container: "app",
      cpu,
    }));
    const bins = 10 * values.parts.bins.length;
    expect(bins).toBeGreaterThan(500);
    expect(encodePage(KEY, containers).length).toBeLessThan(2 * bins);
  });
});

function binsOf(resource: ResourceDay | undefined): Iterable<number> {
  return resource?.values instanceof Sketch ? resource.values.parts.bins : [];
}

/** Bytes with the checksum that makes them a page. */
function sealed(content: Uint8Array): Uint8Array {
  const seal = Buffer.alloc(4);
  const key = JSON.stringify([PAGE_FORMAT, KEY.source, KEY.namespace, KEY.day]);
  seal.writeUInt32LE(crc32(content, crc32(key)));
  return Buffer.concat([content, seal]);
}
