import { BrokenAnswer } from "./broken-answer.ts";
import { crc32c } from "./crc32c.ts";

/** Prometheus makes frames of 1 MiB unless told otherwise. */
const LARGEST_MESSAGE = 16 * 2 ** 20;
const CHECKSUM_BYTES = 4;
/** The most that is repeated of words that are no frame. */
const WORDS_BYTES = 300;

/**
 * Cuts the body of a streamed answer into its messages: length as a varint, CRC-32C of the message (big-endian),
 * message. Holds no more than the frame that is not whole yet. Source: `ChunkedWriter` of Prometheus's
 * `storage/remote`.
 */
export class FrameReader {
  readonly #onMessage: (message: Uint8Array) => void;
  #held = new Uint8Array(4096);
  #heldLength = 0;

  /** A message is there during the call only; its bytes are used again. */
  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /** The next bytes, cut anywhere. Throws {@link BrokenAnswer}, and what `onMessage` throws. */
  push(bytes: Uint8Array): void {
    let rest = bytes;
    while (this.#heldLength > 0 && rest.length > 0) {
      const size = frameAt(this.#held.subarray(0, this.#heldLength))?.size ?? this.#heldLength + 1;
      const missing = rest.subarray(0, size - this.#heldLength);
      this.#hold(missing);
      rest = rest.subarray(missing.length);
      const held = this.#held.subarray(0, this.#heldLength);
      const frame = frameAt(held);
      if (frame === undefined || frame.size > held.length) continue;
      this.#heldLength = 0;
      this.#take(held, frame.head);
    }
    for (let frame = frameAt(rest); frame !== undefined && frame.size <= rest.length; frame = frameAt(rest)) {
      this.#take(rest.subarray(0, frame.size), frame.head);
      rest = rest.subarray(frame.size);
    }
    this.#hold(rest);
  }

  /** Throws {@link BrokenAnswer} where the answer stops inside of a frame. */
  end(): void {
    if (this.#heldLength === 0) return;
    const held = Buffer.from(this.#held.subarray(0, Math.min(this.#heldLength, WORDS_BYTES))).toString(
      "latin1",
    );
    // A server that fails when it has begun to answer can but write why.
    const words = /^[\t\n\r -~]+$/.test(held) ? `: ${held.replaceAll(/\s+/g, " ").trim()}` : "";
    throw new BrokenAnswer(`it stops in the middle of a frame${words}`);
  }

  #take(frame: Uint8Array, head: number): void {
    const message = frame.subarray(head);
    const { buffer, byteOffset } = message;
    const checksum = new DataView(buffer, byteOffset - CHECKSUM_BYTES, CHECKSUM_BYTES).getUint32(0);
    if (checksum !== crc32c(message)) throw new BrokenAnswer("a frame has another checksum than it says");
    this.#onMessage(message);
  }

  /** Grows with what has come, not with what a frame says it will be. */
  #hold(bytes: Uint8Array): void {
    const length = this.#heldLength + bytes.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldLength);
    this.#heldLength = length;
  }
}

/** The frame that begins here: how long length and checksum are, and all of it; nothing where they are cut. */
function frameAt(bytes: Uint8Array): { head: number; size: number } | undefined {
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    length += (byte & 127) * 128 ** index;
    if (length > LARGEST_MESSAGE || index === 10)
      throw new BrokenAnswer(`a frame says that it has more than ${LARGEST_MESSAGE} bytes`);
    if (byte < 128) {
      const head = index + 1 + CHECKSUM_BYTES;
      return { head, size: head + length };
    }
  }
  return undefined;
}
