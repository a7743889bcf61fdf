import type { BacktestReport, ReportedScores } from "./backtest-report.ts";
import { cell, count, painter, wrapped } from "./layout.ts";
import { printable } from "./printable.ts";

/** Of a strategy's name, and of each figure. */
const NAME_WIDTH = 18;
const WIDTH = 11;

type Column = readonly [title: string, text: (scores: ReportedScores) => string];

/** One line for each strategy, over all series; then one for each series where there are several. */
export function backtestTable(report: BacktestReport, colors: boolean): string {
  const paint = painter(colors);
  const columns = columnsOf(report);
  const head = (title: string): string =>
    paint("bold", cell(title, NAME_WIDTH) + columns.map(([name]) => name.padStart(WIDTH)).join(""));
  const line = (name: string, scores: ReportedScores): string =>
    cell(printable(name), NAME_WIDTH) + columns.map(([, text]) => text(scores).padStart(WIDTH)).join("");
  const several = report.series.length > 1 ? report.series : [];
  return [
    head("STRATEGY"),
    ...report.strategies.map((scores) => line(scores.strategy, scores)),
    ...several.flatMap(({ name, periods, scores }) => [
      "",
      ...wrapped(printable(name), "").map((text) => paint("bold", text)),
      ...scores.map((one) => line(`  ${one.strategy}`, one)),
      ...(periods === 0 ? [`  no period has ${report.settings.minimumSamples} samples`] : []),
    ]),
    "",
    ...wrapped(summary(report), ""),
    "",
  ].join("\n");
}

function columnsOf({ resource }: BacktestReport): readonly Column[] {
  const kills: Column = ["OOMS", ({ ooms }) => String(ooms)];
  return [
    ["SLACK", ({ slack }) => percent(slack)],
    ["OVER", ({ over }) => percent(over)],
    ["DAYS OVER", ({ daysOver }) => percent(daysOver)],
    ["CHURN", ({ churn }) => percent(churn)],
    ...(resource === "memory" ? [kills] : []),
    ["RESERVED", ({ reserved }) => (resource === "cpu" ? reserved.toFixed(3) : gibibytes(reserved))],
    ["COST/MONTH", ({ cost }) => cost.toFixed(2)],
  ];
}

function summary({ resource, series, strategies, settings }: BacktestReport): string {
  const decisions = strategies[0]?.periods ?? 0;
  const per = resource === "cpu" ? "core" : "GiB";
  return `${series.length} series, ${count(decisions, "decision")} a strategy. Slack: of what was reserved, not used. Over: samples above the request. Days over: with more than 5 % of them. Churn: changes of more than 10 %. Cost at ${settings.price} a ${per}.`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(3)} Gi`;
}
