/** What Loadline costs, measured on this machine: `npm run bench -- manifests` or `-- metrics`. */
import { manifests } from "./manifests.ts";
import { metrics } from "./metrics.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { manifests, metrics };

const [name = ""] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) await bench();
else {
  console.error(`npm run bench -- ${Object.keys(BENCHES).join(" | ")}`);
  process.exitCode = 2;
}
