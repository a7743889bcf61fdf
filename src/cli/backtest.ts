import { Command, Option } from "commander";
import { STRATEGY_NAMES, strategyNamed } from "../advice/strategies/strategies.ts";
import type { Strategy } from "../advice/strategy.ts";
import type { BacktestSettings, Replay } from "../backtest/backtest.ts";
import type { Past } from "../backtest/past.ts";
import { SampledPast } from "../backtest/sampled-past.ts";
import { overall } from "../backtest/score.ts";
import { InputError } from "../domain/input-error.ts";
import { RESOURCE_NAMES, type ResourceName } from "../domain/resources.ts";
import { backtestPlot } from "../report/backtest-plot.ts";
import { backtestReport } from "../report/backtest-report.ts";
import { backtestTable } from "../report/backtest-table.ts";
import { withMeasuredOptions } from "./cluster-options.ts";
import { clusterPasts, type PastOptions } from "./cluster-pasts.ts";
import { countingNumber, durationSeconds, positiveNumber } from "./flag-values.ts";
import { type Progress, terminalProgress } from "./progress.ts";
import { readCsvSeries } from "./read-csv-series.ts";
import { readInTime } from "./read-in-time.ts";
import { replayInTime } from "./replay-in-time.ts";
import { writeOutput } from "./write-output.ts";

interface Options extends PastOptions {
  readonly csv?: readonly string[];
  readonly resource: ResourceName;
  readonly scale?: number;
  readonly strategy: readonly string[];
  readonly every?: number;
  readonly warmup?: number;
  readonly history?: number;
  readonly periods: number;
  readonly minimumSamples?: number;
  readonly price?: number;
  readonly timeLimit?: number;
  readonly format: "table" | "json" | "svg";
  readonly output?: string;
  readonly plot?: string;
}

const DAY_SECONDS = 86_400;
/** A day with fewer samples says too little; of other periods, in proportion. */
const SAMPLES_OF_DAY = 100;
/** Of a core and of a GiB for a month: about what large clouds ask. */
const PRICES: Readonly<Record<ResourceName, number>> = { cpu: 23, memory: 3 };
const TIME_LIMIT_SECONDS = 600;

export function backtestCommand(): Command {
  const command = new Command("backtest")
    .summary("replay history, and see how each strategy would have done")
    .description(
      "Asks each strategy on each day of the past with only what it could know then, and scores its answer by\nthe use of the day that followed. Reads tables of times and values, or what a Prometheus has.",
    )
    .addOption(
      new Option("--csv <files...>", "lines of time and value; each file is a series").conflicts([
        "prometheus",
        "metricsFile",
        "config",
        "window",
        "workload",
        "namespace",
        "selector",
        "metricsLabel",
        "inventory",
      ]),
    )
    .option("--scale <number>", "cores or bytes that a value of 1 of --csv stands for", positiveNumber)
    .option("--workload <Kind/namespace/name...>", "only these workloads")
    .option("--window <duration>", "how far back usage is read, for all but --csv", "30d")
    .addOption(
      new Option("--resource <name>", "what is replayed").choices(RESOURCE_NAMES).makeOptionMandatory(),
    )
    .option("--strategy <names...>", `which to ask, of ${STRATEGY_NAMES.join(", ")} (default: all)`)
    .option("--every <duration>", "how often it decides (default: 1d)", durationSeconds)
    .option(
      "--warmup <duration>",
      "from the first sample to the first decision (default: 7d)",
      durationSeconds,
    )
    .option("--history <duration>", "how far back a strategy can look (default: 14d)", durationSeconds)
    .option("--periods <number>", "decide so often at the most", countingNumber, 60)
    .option("--minimum-samples <number>", "leave out periods with fewer (default: 100 a day)", countingNumber)
    .option("--price <number>", "of a core or GiB for a month (default: 23, 3)", positiveNumber)
    .option("--time-limit <duration>", "give up after (default: 10m)", durationSeconds)
    .addOption(
      new Option("--format <format>", "how to print").choices(["table", "json", "svg"]).default("table"),
    )
    .option("--output <file>", "print into a file")
    .option("--plot <file.svg>", "also draw use and requests into a file");
  return withMeasuredOptions(command).action(async (options: Options) => {
    await backtest(options);
  });
}

async function backtest(options: Options): Promise<void> {
  const started = performance.now();
  const { resource, format, output, plot, timeLimit = TIME_LIMIT_SECONDS } = options;
  const untilMs = started + timeLimit * 1000;
  const settings = settingsOf(options);
  const strategies = chosen(options.strategy ?? STRATEGY_NAMES);
  const progress = terminalProgress();
  try {
    const pasts = await readInTime(untilMs, (signal) => pastsOf(options, settings, progress, signal));
    const limit = { untilMs, progress: progress.step };
    const replays = await replayInTime(pasts, strategies, settings, limit);
    if (replays.every(({ runs }) => runs.every(({ scores }) => scores === undefined)))
      throw new InputError(nothingToScore(pasts, replays, settings));
    const report = backtestReport({
      settings,
      replays,
      overall: overallByStrategy(replays),
      price: options.price ?? PRICES[resource],
      seconds: Math.round(performance.now() - started) / 1000,
    });
    progress.done();
    const drawn =
      plot !== undefined || format === "svg" ? backtestPlot(replays, resource, settings.everySeconds) : "";
    if (plot !== undefined) await writeOutput("--plot", plot, drawn);
    const colors = output === undefined && process.stdout.isTTY && process.stdout.hasColors();
    const text = {
      table: () => backtestTable(report, colors),
      json: () => `${JSON.stringify(report, undefined, 2)}\n`,
      svg: () => drawn,
    }[format]();
    if (output === undefined) process.stdout.write(text);
    else await writeOutput("--output", output, text);
  } finally {
    progress.done();
  }
}

function settingsOf(options: Options): BacktestSettings {
  const { resource, periods, every = DAY_SECONDS } = options;
  return {
    resource,
    everySeconds: every,
    warmupSeconds: options.warmup ?? 7 * DAY_SECONDS,
    historySeconds: options.history ?? 14 * DAY_SECONDS,
    mostPeriods: periods,
    minimumSamples: options.minimumSamples ?? Math.ceil((SAMPLES_OF_DAY * every) / DAY_SECONDS),
  };
}

async function pastsOf(
  options: Options,
  settings: BacktestSettings,
  { step }: Progress,
  signal: AbortSignal,
): Promise<Past[]> {
  const { csv, scale, resource, prometheus, metricsFile, config } = options;
  step(csv === undefined ? "asking where usage is measured" : "reading tables");
  if (csv !== undefined)
    return (await readCsvSeries(csv, scale ?? 1)).map((one) => new SampledPast(one, resource));
  if (prometheus === undefined && metricsFile === undefined && config === undefined)
    throw new InputError(
      "what is to be replayed? Give --csv FILE, --prometheus URL, --metrics-file FILE, or --config FILE",
    );
  if (scale !== undefined) throw new InputError("--scale: is for --csv; elsewhere the unit is known");
  for (const [flag, seconds] of [
    ["--every", settings.everySeconds],
    ["--warmup", settings.warmupSeconds],
    ["--history", settings.historySeconds],
  ] as const)
    if (seconds % DAY_SECONDS !== 0)
      throw new InputError(`${flag}: usage of a cluster is replayed in whole days; write 1d, 2d, …`);
  // Which strategies are replayed is no matter of the configuration's policy.
  const { strategy: _, ...measured } = options;
  return await clusterPasts(measured, resource, step, signal);
}

function overallByStrategy(
  replays: readonly Replay[],
): ReadonlyMap<string, NonNullable<ReturnType<typeof overall>>> {
  const runs = Map.groupBy(
    replays.flatMap((one) => one.runs),
    ({ strategy }) => strategy,
  );
  return new Map(
    [...runs].flatMap(([strategy, own]) => {
      const scores = overall(own.flatMap((run) => run.scores ?? []));
      return scores ? [[strategy, scores]] : [];
    }),
  );
}

function chosen(names: readonly string[]): ReadonlyMap<string, Strategy> {
  return new Map(
    names.map((name) => {
      const strategy = strategyNamed(name);
      if (!strategy) throw new InputError(`--strategy ${name}: is none of ${STRATEGY_NAMES.join(", ")}`);
      return [name, strategy];
    }),
  );
}

function nothingToScore(
  pasts: readonly Past[],
  replays: readonly Replay[],
  { warmupSeconds, minimumSamples, historySeconds }: BacktestSettings,
): string {
  if (pasts.length === 0) return "nothing to score: no use of these containers was measured in the --window";
  const longest = Math.max(...pasts.map(({ firstMs, lastMs }) => lastMs - firstMs)) / 1000;
  const days = (seconds: number): string => `${(seconds / DAY_SECONDS).toFixed(1)} days`;
  if (replays.some(({ periods }) => periods > 0))
    return `nothing to score: no strategy says anything of what is there of ${days(historySeconds)} of history; give more history, or a longer --history`;
  return longest <= warmupSeconds
    ? `nothing to score: the longest series covers ${days(longest)}, and the first decision is after ${days(warmupSeconds)}; give more history or a shorter --warmup`
    : `nothing to score: no period has ${minimumSamples} samples; lower --minimum-samples`;
}
