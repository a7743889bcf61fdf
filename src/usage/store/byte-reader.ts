/** In a number of 32 bits, where its last seven begin. */
const LAST_SHIFT = 28;

/** Bytes are not what a writer wrote. */
export class DamagedBytes extends Error {
  override readonly name = "DamagedBytes";
}

/** Reads what a `ByteWriter` wrote; {@link DamagedBytes} where that can't be. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DamagedBytes("ends early");
    this.#at += 1;
    return byte;
  }

  varint(): number {
    let byte = this.byte();
    let value = byte & 127;
    for (let shift = 7; byte > 127 && shift <= LAST_SHIFT; shift += 7) {
      byte = this.byte();
      value |= (byte & 127) << shift;
    }
    return value >>> 0;
  }

  /** As many as the array is long; the end is looked for once, after them. */
  varints(into: Uint32Array): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = 0; index < into.length; index++) {
      let byte = bytes[at++] ?? 0;
      let value = byte & 127;
      for (let shift = 7; byte > 127 && shift <= LAST_SHIFT; shift += 7) {
        byte = bytes[at++] ?? 0;
        value |= (byte & 127) << shift;
      }
      into[index] = value;
    }
    this.#skip(at - this.#at);
  }

  /** How many things of so many bytes at least follow: never more than there are bytes for. */
  length(bytesEach: number): number {
    const count = this.varint();
    if (count * bytesEach > this.#bytes.length - this.#at) throw new DamagedBytes("ends early");
    return count;
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#skip(8));
  }

  text(bytes: number): string {
    const start = this.#skip(bytes);
    return this.#bytes.toString("utf8", start, start + bytes);
  }

  #skip(count: number): number {
    const start = this.#at;
    if (start + count > this.#bytes.length) throw new DamagedBytes("ends early");
    this.#at += count;
    return start;
  }
}
