/** A sweep's reading and advising in a process of its own: `node sweep-once.ts URL STORE END_MS PROTOCOL`. */
import { configSchema } from "../src/config/schema.ts";
import { adviseCluster } from "../src/sweep/advise-cluster.ts";
import { openCluster } from "../src/sweep/open/open-cluster.ts";
import { openStore } from "../src/sweep/open/open-store.ts";
import { policiesOf, windowEnding } from "../src/sweep/policy.ts";
import { keepYoungGenerationSmall } from "../src/young-generation.ts";

// As the program does.
keepYoungGenerationSmall();

const [url = "", place = "", end = "", protocol = "auto"] = process.argv.slice(2);
const config = configSchema.parse({
  version: 1,
  clusters: [{ name: "bench", prometheus: { url, protocol, timeout: "600s" } }],
});
const [cluster] = config.clusters;
if (!cluster) throw new Error("the configuration has a cluster");
const window = windowEnding(Number(end), config.policy.window);
const warnings: string[] = [];
const warn = (warning: string): void => void warnings.push(warning);

const [started, before] = [performance.now(), process.cpuUsage()];
await using store = await openStore(place, process.cwd(), warn);
await using sources = await openCluster(cluster, { folder: process.cwd(), window, store, warn });
const { containers, warnings: told } = await adviseCluster(sources, window, policiesOf(config), () => {});
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    protocol: sources.source.protocol,
    requests: sources.source.cost.requests,
    bytes: sources.source.cost.bytes,
    containers: containers.length,
    advised: containers.filter(({ advice }) => advice.recommended !== null).length,
    warnings: [...warnings, ...told],
  }),
);
