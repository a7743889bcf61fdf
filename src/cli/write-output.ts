import { writeFile } from "node:fs/promises";
import { InputError } from "../domain/input-error.ts";

/** Writes what was asked for into the file that a flag names; rejects with `InputError` where that can't be. */
export async function writeOutput(flag: string, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${flag} ${file}: can't be written (${error.code})`);
  });
}
