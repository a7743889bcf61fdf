/** Draws the README's picture, `docs/images/plan.svg`, from what `loadline plan` really prints for the demo's repository. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DEMO_REPOSITORY, recordedUsage, writeRecording } from "../demo/recorded-usage.ts";
import { configSchema } from "../src/config/schema.ts";
import { directoryTree } from "../src/gitops/directory-tree.ts";
import { formatPlan } from "../src/report/formats.ts";
import { reportContainer, reportProposal } from "../src/report/plan-report.ts";
import { adviseCluster } from "../src/sweep/advise-cluster.ts";
import { openCluster } from "../src/sweep/open/open-cluster.ts";
import { openRenderer } from "../src/sweep/open/open-renderer.ts";
import { planChanges } from "../src/sweep/plan.ts";
import { methodOf, policiesOf, windowEnding } from "../src/sweep/policy.ts";
import { noStore } from "../src/usage/store/no-store.ts";

const COMMAND =
  "loadline plan --repo shop --prometheus http://prometheus:9090 --namespace finance observability";
const NAMESPACES = ["finance", "observability"];
/** Fixed, so that drawing again gives the same picture. */
const END_MS = Date.UTC(2026, 2, 2);

const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const MARGIN = 16;

/** By the code of the escape sequence that begins it. */
const STYLES: Readonly<Record<string, string>> = {
  "1": 'font-weight="bold" fill="#ffffff"',
  "31": 'fill="#ff7b72"',
  "32": 'fill="#7ee787"',
  "33": 'fill="#e3b341"',
  "36": 'fill="#76e3ea"',
  "90": 'fill="#8b949e"',
};

const text = await planOfDemo();
await writeFile(path.join(import.meta.dirname, "..", "docs", "images", "plan.svg"), drawing(text));

async function planOfDemo(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "loadline-picture-"));
  try {
    await writeRecording(await recordedUsage(END_MS, "7d", 300), path.join(folder, "usage.om.gz"));
    const { clusters, policy: configured } = configSchema.parse({
      version: 1,
      clusters: [{ name: "prod", metricsFile: "usage.om.gz", namespaces: NAMESPACES }],
      policy: { window: "7d" },
    });
    const [cluster] = clusters;
    if (!cluster) throw new Error("the configuration has a cluster");
    const window = windowEnding(END_MS, configured.window);
    const { minimumCertainty } = configured;
    const options = { minimumCertainty, method: methodOf(configured), renderer: await openRenderer() };
    const warn = (): void => undefined;
    await using sources = await openCluster(cluster, { folder, window, store: noStore(), warn });
    const advised = await adviseCluster(
      sources,
      window,
      policiesOf({ policy: configured, policies: [] }),
      warn,
    );
    const shop = {
      name: "shop",
      tree: await directoryTree(DEMO_REPOSITORY),
      counts: () => true,
      isOwn: () => true,
    };
    const plan = await planChanges(advised.containers, [shop], options, () => undefined);
    return formatPlan(
      {
        version: 1,
        cluster: cluster.name,
        window: { start: new Date(window.startMs).toISOString(), end: new Date(window.endMs).toISOString() },
        containers: plan.containers.map(reportContainer),
        proposals: plan.proposals.map(reportProposal),
        missingRepositories: [],
        warnings: [],
        stats: { metricsProtocol: "", metricsRequests: 0, metricsBytes: 0, renders: 0, seconds: 0 },
      },
      "table",
      true,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

function drawing(printed: string): string {
  const lines = [`\u001B[90m$ \u001B[39m${COMMAND}`, "", ...printed.trimEnd().split("\n")];
  const width = Math.round(100 * CHARACTER_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const rows = lines.map((line, index) => {
    const y = MARGIN + LINE_HEIGHT * (index + 1) - 5;
    return `  <text x="${MARGIN}" y="${y}">${spans(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="What loadline plan prints">`,
    `  <rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `  <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" fill="#c9d1d9" xml:space="preserve">`,
    ...rows,
    "  </g>",
    "</svg>",
    "",
  ].join("\n");
}

/** Colored text as spans, each at its column, so that columns stand whatever the font's width. */
function spans(line: string): string {
  let column = 0;
  return line
    .split("\u001B[")
    .map((part, index) => {
      const end = index === 0 ? 0 : part.indexOf("m") + 1;
      const [style = "", shown] = [STYLES[part.slice(0, Math.max(0, end - 1))], part.slice(end)];
      const x = (MARGIN + column * CHARACTER_WIDTH).toFixed(1);
      column += shown.length;
      return shown === "" ? "" : `<tspan x="${x}"${style && ` ${style}`}>${escaped(shown)}</tspan>`;
    })
    .join("");
}

function escaped(part: string): string {
  return part.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
