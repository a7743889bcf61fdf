import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { InputError } from "../domain/input-error.ts";

const MOST_CHARACTERS_A_LINE = 65_536;
/** Unpacked: 20 million samples written out take a third of it. */
const MOST_BYTES = 8 * 2 ** 30;

/**
 * Hands over the lines of a text file one by one, without their ends; the file is unpacked where its name ends
 * in `.gz`. Gives the bytes of text. Rejects with `InputError` that names the file.
 */
export async function readLines(file: string, take: (line: string) => void): Promise<number> {
  let bytes = 0;
  const lines = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw new InputError(`${file} holds more than ${MOST_BYTES} bytes of text`);
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of [...lines, rest])
        if (line.length > MOST_CHARACTERS_A_LINE)
          throw new InputError(`${file} has a line longer than ${MOST_CHARACTERS_A_LINE} characters`);
      for (const line of lines) take(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    if (rest !== "") take(rest);
  };
  try {
    await (/\.gz$/i.test(file)
      ? pipeline(createReadStream(file), createGunzip(), lines)
      : pipeline(createReadStream(file), lines));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`cannot read ${file}: ${error instanceof Error ? error.message : "unreadable"}`);
  }
  return bytes;
}
