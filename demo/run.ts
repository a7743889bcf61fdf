/**
 * The main job, offline, in under a minute: a GitHub of one's own with a repository, a recorded week of usage,
 * and the real App between them. Nothing leaves this machine.
 */
import { styleText } from "node:util";
import { unifiedDiff } from "../src/proposals/proposal.ts";
import { formatPlan } from "../src/report/formats.ts";
import { reportContainer } from "../src/report/plan-report.ts";
import type { SweepResult } from "../src/sweep/sweep.ts";
import { DEMO_REPOSITORY, recordedUsage } from "./recorded-usage.ts";
import { setStage } from "./stage.ts";

const started = performance.now();
const endMs = Math.floor(Date.now() / 300_000) * 300_000;
const colors = process.stdout.isTTY && process.stdout.hasColors();

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function heading(text: string): void {
  say(`\n${colors ? styleText(["bold", "cyan"], `▌ ${text}`) : `== ${text}`}\n`);
}

function outcomes({ repositories, failures }: SweepResult): string {
  if (failures.length > 0) throw new Error(failures.join("\n"));
  const published = repositories.flatMap((repository) => repository.published);
  const counted = [...Map.groupBy(published, ({ outcome }) => outcome)].map(
    ([outcome, those]) => `${those.length} ${outcome}`,
  );
  return counted.length > 0 ? counted.join(", ") : "nothing left to do";
}

heading("A repository of 15 applications, and a week of what they really used");
await using stage = await setStage({
  from: DEMO_REPOSITORY,
  usage: await recordedUsage(endMs, "7d", 300),
  window: "7d",
  logLevel: process.env["LOG_LEVEL"] ?? "warn",
});
const { repository, serving } = stage;
await stage.quiet();
repository.addCollaborator("alice", "write");
say(
  `${repository.fullName} on a GitHub of its own at ${stage.github.url}; the App listens at ${serving.address}`,
);

heading("A sweep: what every container should ask for, and the line that says so");
const first = await serving.sweeper.sweep();
const window = { start: new Date(endMs - 7 * 86_400_000).toISOString(), end: new Date(endMs).toISOString() };
say(
  formatPlan(
    {
      version: 1,
      cluster: "prod",
      window,
      containers: first.containers.map(reportContainer),
      proposals: [],
      missingRepositories: [],
      warnings: [],
      stats: { metricsProtocol: "", metricsRequests: 0, metricsBytes: 0, renders: 0, seconds: 0 },
    },
    "table",
    colors,
  ).replace(", 0 proposals", ""),
);

heading(`Pull requests: ${outcomes(first)}`);
const published = first.repositories.flatMap((swept) => swept.published);
for (const { number, proposal } of published) say(`#${number} ${proposal.title}  (${proposal.branch})`);

const shown = published.find(({ proposal }) => proposal.group.name === "apps/storefront") ?? published[0];
if (!shown) throw new Error("the demo's repository has nothing to propose");
heading(`#${shown.number}, as a reviewer sees it`);
say(repository.pull(shown.number).body ?? "");
heading("its diff");
say(shown.proposal.files.map(unifiedDiff).join("\n"));

heading("A reviewer asks: /loadline explain");
repository.comment(shown.number, "alice", "/loadline explain");
await stage.quiet();
say(repository.comments(shown.number).at(-1)?.body ?? "");

heading(`Sweeping again changes nothing: ${outcomes(await serving.sweeper.sweep())}`);

heading(`The reviewer merges #${shown.number}`);
await repository.merge(shown.number, "alice");
await stage.quiet();
const last = await serving.sweeper.sweep();
const left = last.repositories
  .flatMap((swept) => swept.published)
  .filter(({ proposal }) => proposal.branch === shown.proposal.branch);
say(
  `${shown.proposal.group.name}: ${left.length === 0 ? "nothing left to do" : "still something to do"}; the others: ${outcomes(last)}`,
);

heading(`Done in ${((performance.now() - started) / 1000).toFixed(0)} s. Now with your own:`);
say(`npx loadline plan --repo PATH/TO/YOUR/REPOSITORY --prometheus http://YOUR-PROMETHEUS:9090

It reads, prints, and changes nothing until you add --write. docs/plan.md has the rest,
docs/github-app.md how to let it open pull requests.`);
