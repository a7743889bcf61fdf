import { open } from "node:fs/promises";
import path from "node:path";
import { csvSeries } from "../backtest/csv-series.ts";
import type { UseSeries } from "../backtest/series.ts";
import { InputError } from "../domain/input-error.ts";

/** Two million samples or so. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_FILES = 1000;

/** One series a file, named after it. Rejects with an `InputError` that names file and line. */
export async function readCsvSeries(files: readonly string[], scale: number): Promise<UseSeries[]> {
  if (files.length > MOST_FILES) throw new InputError(`--csv: ${files.length} files, at most ${MOST_FILES}`);
  const short = files.map((file) => path.basename(file).replace(/\.csv$/i, ""));
  const names = new Set(short).size === files.length ? short : files;
  const series: UseSeries[] = [];
  for (const [index, file] of files.entries())
    series.push(csvSeries(await readBounded(file), { file, name: names[index] ?? file, scale }));
  return series;
}

async function readBounded(file: string): Promise<string> {
  const handle = await open(file).catch(() => {
    throw new InputError(`--csv ${file}: there is no such file, or it can't be read`);
  });
  try {
    const about = await handle.stat();
    if (!about.isFile()) throw new InputError(`--csv ${file}: is no file`);
    if (about.size > MOST_BYTES)
      throw new InputError(`--csv ${file}: is larger than ${MOST_BYTES / 2 ** 20} MiB`);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}
