/**
 * Scans folders of repositories and sets every proven number in them, in memory: `npm run corpus -- DIR…`.
 * Prints a table, and with `--json FILE` writes all that was counted. Nothing in the folders is changed.
 * Each folder is measured in a process of its own, which gives its memory, and a crash or a hang to be counted.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { installRenderers } from "../../scripts/install-renderers.ts";
import { measure } from "./measure.ts";
import { tableOf, type Outcome } from "./table.ts";

const TIMEOUT = 15 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, one: { type: "boolean", default: false } },
});
const [first] = positionals;
if (values.one && first !== undefined) process.stdout.write(JSON.stringify(await measure(first)));
else await measureAll();

async function measureAll(): Promise<void> {
  const { current } = await installRenderers();
  const outcomes: Outcome[] = [];
  for (const folder of positionals) {
    console.error(folder);
    const child = await execa(process.execPath, [import.meta.filename, "--one", folder], {
      env: { LOADLINE_HELM: current.helm, LOADLINE_KUBECTL: current.kubectl },
      reject: false,
      timeout: TIMEOUT,
    });
    outcomes.push(
      child.exitCode === 0
        ? { folder, measured: JSON.parse(child.stdout) }
        : { folder, crashed: child.timedOut ? "took too long" : child.stderr.slice(-2000) },
    );
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify(outcomes, undefined, 2));
  }
  console.log(tableOf(outcomes));
}
