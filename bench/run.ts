/** What Loadline costs, measured on this machine: `npm run bench -- manifests`. */
import { manifests } from "./manifests.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { manifests };

const [name = ""] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) await bench();
else {
  console.error(`npm run bench -- ${Object.keys(BENCHES).join(" | ")}`);
  process.exitCode = 2;
}
