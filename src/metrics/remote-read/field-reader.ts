import { BrokenAnswer } from "./broken-answer.ts";

/**
 * Walks over the fields of a Protocol Buffers message, or of a part of it that is one, and allocates nothing: an
 * answer has millions of them. Source: the description of the encoding in the documentation of Protocol Buffers.
 */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #stop: number;
  /** The number of the field. */
  number = 0;
  /** Its value where it is a varint, exact to 2^53; else NaN. */
  value = Number.NaN;
  /** Where its bytes stand if it has any: text, bytes, or a message; else nowhere. */
  start = 0;
  end = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#stop = end;
  }

  /** On to the next field; `false` behind the last. Throws {@link BrokenAnswer}. */
  next(): boolean {
    if (this.#at === this.#stop) return false;
    const tag = this.#varint();
    this.number = Math.floor(tag / 8);
    this.value = Number.NaN;
    this.start = this.end = 0;
    switch (tag % 8) {
      case 0:
        this.value = this.#varint();
        break;
      case 1:
        this.#skip(8);
        break;
      case 2: {
        const length = this.#varint();
        this.start = this.#at;
        this.end = this.#skip(length);
        break;
      }
      case 5:
        this.#skip(4);
        break;
      default:
        throw new BrokenAnswer(`a message has a field of the unknown kind ${tag % 8}`);
    }
    return true;
  }

  #skip(length: number): number {
    this.#at += length;
    if (this.#at > this.#stop) throw new BrokenAnswer("a message ends in a field");
    return this.#at;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let group = 0; group < 10; group++) {
      if (this.#at >= this.#stop) throw new BrokenAnswer("a message ends in a number");
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new BrokenAnswer("a message has a number of more than ten bytes");
  }
}
