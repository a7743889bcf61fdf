import { crc32 } from "node:zlib";
import { isWorkloadKind } from "../../domain/workload.ts";
import type { ContainerDay, Day, DayEvents, ResourceDay } from "../usage.ts";
import { ByteReader, DamagedBytes } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { SketchReader, SketchWriter } from "./page-sketch.ts";

/** Rises with every change of what pages look like, and with every change of what a sketch's bins mean. */
export const PAGE_FORMAT = 1;

/** Where a page belongs: everything that containers of a namespace used in one UTC day. */
export interface PageKey {
  /** What was asked. */
  readonly source: string;
  readonly namespace: string;
  readonly day: Day;
}

/** Which parts of a container's day are there, as bits of one byte. */
const PARTS = { owner: 1, image: 2, cpu: 4, memory: 8, events: 16 };
const ALL_PARTS = 31;
const CRC_BYTES = 4;
/** A string has its length at least; a container's day its parts, pod and container. */
const STRING_BYTES = 1;
const CONTAINER_BYTES = 3;

/**
 * A page as bytes: each string once, as its length and UTF-8; the column of all whole counts; the containers,
 * which name strings by their places; last, CRC-32 of the key and all before it, so that a page that is damaged,
 * cut off or under another's key is found out.
 */
export function encodePage(key: PageKey, containers: readonly ContainerDay[]): Uint8Array {
  const body = new ByteWriter();
  const strings = new Map<string, number>();
  const sketches = new SketchWriter();
  body.varint(containers.length);
  for (const container of containers) writeContainer(body, container, strings, sketches);

  const page = new ByteWriter();
  page.varint(strings.size);
  for (const text of strings.keys()) {
    const bytes = Buffer.from(text);
    page.varint(bytes.length);
    page.append(bytes);
  }
  sketches.finish(page);
  page.append(body.written());
  page.uint32(checksum(key, page.written()));
  return page.written();
}

/** The reverse of {@link encodePage}, but that all distributions are sketches; `undefined` for a damaged page. */
export function decodePage(key: PageKey, page: Uint8Array): ContainerDay[] | undefined {
  const content = page.subarray(0, -CRC_BYTES);
  const stored = Buffer.from(page.subarray(content.length));
  if (stored.length < CRC_BYTES || stored.readUInt32LE() !== checksum(key, content)) return undefined;
  try {
    const from = new ByteReader(content);
    const texts = listOf(from, STRING_BYTES, () => from.text(from.varint()));
    const sketches = new SketchReader(from);
    const containers = listOf(from, CONTAINER_BYTES, () => readContainer(from, key.day, texts, sketches));
    return from.atEnd ? containers : undefined;
  } catch (error) {
    if (error instanceof DamagedBytes) return undefined;
    throw error;
  }
}

function checksum({ source, namespace, day }: PageKey, content: Uint8Array): number {
  return crc32(content, crc32(JSON.stringify([PAGE_FORMAT, source, namespace, day])));
}

function writeContainer(
  out: ByteWriter,
  one: ContainerDay,
  strings: Map<string, number>,
  sketches: SketchWriter,
): void {
  const { pod, container, owner, image, cpu, memory, events } = one;
  const text = (text: string): void => {
    const place = strings.get(text) ?? strings.size;
    strings.set(text, place);
    out.varint(place);
  };
  out.byte(
    (owner ? PARTS.owner : 0) |
      (image === undefined ? 0 : PARTS.image) |
      (cpu ? PARTS.cpu : 0) |
      (memory ? PARTS.memory : 0) |
      (events ? PARTS.events : 0),
  );
  text(pod);
  text(container);
  if (owner) text(owner.kind);
  if (owner) text(owner.name);
  if (image !== undefined) text(image);
  for (const resource of [cpu, memory]) if (resource) writeResource(out, resource, sketches);
  if (events) writeEvents(out, events);
}

/** Object literals are evaluated in the order in which they are written, which is that of the bytes. */
function readContainer(
  from: ByteReader,
  day: Day,
  texts: readonly string[],
  sketches: SketchReader,
): ContainerDay {
  const parts = from.byte();
  if (parts > ALL_PARTS) throw new DamagedBytes("unknown parts");
  const text = (): string => {
    const found = texts[from.varint()];
    if (found === undefined) throw new DamagedBytes("no such string");
    return found;
  };
  const owner = (): NonNullable<ContainerDay["owner"]> => {
    const kind = text();
    if (!isWorkloadKind(kind)) throw new DamagedBytes("no kind of workload");
    return { kind, name: text() };
  };
  return {
    day,
    pod: text(),
    container: text(),
    ...(parts & PARTS.owner && { owner: owner() }),
    ...(parts & PARTS.image && { image: text() }),
    ...(parts & PARTS.cpu && { cpu: readResource(from, sketches) }),
    ...(parts & PARTS.memory && { memory: readResource(from, sketches) }),
    ...(parts & PARTS.events && { events: readEvents(from) }),
  };
}

function writeResource(
  out: ByteWriter,
  { values, coveredSeconds, firstMs, lastMs }: ResourceDay,
  sketches: SketchWriter,
): void {
  for (const value of [coveredSeconds, firstMs, lastMs]) out.double(value);
  sketches.write(out, values);
}

function readResource(from: ByteReader, sketches: SketchReader): ResourceDay {
  return {
    coveredSeconds: from.double(),
    firstMs: from.double(),
    lastMs: from.double(),
    values: sketches.read(from),
  };
}

function writeEvents(out: ByteWriter, { throttledPeriods, periods, oomKills, restarts }: DayEvents): void {
  for (const value of [throttledPeriods, periods, oomKills, restarts]) out.double(value);
}

function readEvents(from: ByteReader): DayEvents {
  return {
    throttledPeriods: from.double(),
    periods: from.double(),
    oomKills: from.double(),
    restarts: from.double(),
  };
}

function listOf<T>(from: ByteReader, bytesEach: number, read: () => T): T[] {
  return Array.from({ length: from.length(bytesEach) }, read);
}
