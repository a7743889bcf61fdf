import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Discovery } from "../../src/inventory/inventory.ts";
import { metricsInventory } from "../../src/inventory/metrics.ts";
import { recordedSource } from "../../src/metrics/recording.ts";

/** What an inventory finds in these samples, all of them of the last minute of a day. */
export async function discovered(...samples: string[]): Promise<Discovery> {
  const folder = await mkdtemp(join(tmpdir(), "loadline-inventory-"));
  const file = join(folder, "state.txt");
  await writeFile(file, [...samples.map((sample) => `${sample} 86350`), "# EOF"].join("\n"));
  const source = await recordedSource(file);
  await rm(folder, { recursive: true });
  const inventory = metricsInventory(source, { startMs: 0, endMs: 86_400_000 });
  return inventory.discover({ namespaces: [], labels: {} });
}
