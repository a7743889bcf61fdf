import { writeFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { STRATEGY_NAMES, strategyNamed } from "../advice/strategies/strategies.ts";
import type { Strategy } from "../advice/strategy.ts";
import { type BacktestSettings, type Replay, replay } from "../backtest/backtest.ts";
import type { Past } from "../backtest/past.ts";
import { SampledPast } from "../backtest/sampled-past.ts";
import { overall } from "../backtest/score.ts";
import { parseDuration } from "../domain/duration.ts";
import { InputError } from "../domain/input-error.ts";
import { RESOURCE_NAMES, type ResourceName } from "../domain/resources.ts";
import { backtestPlot } from "../report/backtest-plot.ts";
import { backtestReport } from "../report/backtest-report.ts";
import { backtestTable } from "../report/backtest-table.ts";
import { terminalProgress } from "./progress.ts";
import { readCsvSeries } from "./read-csv-series.ts";

interface Options {
  readonly csv: readonly string[];
  readonly resource: ResourceName;
  readonly scale: number;
  readonly strategy: readonly string[];
  readonly every: number;
  readonly warmup: number;
  readonly history: number;
  readonly periods: number;
  readonly minimumSamples?: number;
  readonly price?: number;
  readonly timeLimit: number;
  readonly format: "table" | "json" | "svg";
  readonly output?: string;
  readonly plot?: string;
}

const DAY_SECONDS = 86_400;
/** A day with fewer samples says too little; of other periods, in proportion. */
const SAMPLES_OF_DAY = 100;
/** Of a core and of a GiB for an hour: about what large clouds ask. */
const PRICES: Readonly<Record<ResourceName, number>> = { cpu: 0.032, memory: 0.0043 };
/** Between two looks at the clock. */
const SLICE_MS = 50;

export function backtestCommand(): Command {
  return new Command("backtest")
    .summary("replay history, and see how each strategy would have done")
    .description(
      "Asks each strategy on each day of the past with only what it could know then, and scores its answer by\nthe use of the day that followed. Needs no cluster.",
    )
    .requiredOption("--csv <files...>", "what was used: lines of time and value; each file is a series")
    .addOption(
      new Option("--resource <name>", "what the values are of").choices(RESOURCE_NAMES).makeOptionMandatory(),
    )
    .option("--scale <number>", "cores or bytes that a value of 1 stands for", positive, 1)
    .option("--strategy <names...>", `which to ask, of ${STRATEGY_NAMES.join(", ")} (default: all)`)
    .option("--every <duration>", "how often it decides", duration, DAY_SECONDS)
    .option("--warmup <duration>", "from the first sample to the first decision", duration, 7 * DAY_SECONDS)
    .option("--history <duration>", "how far back a strategy can look", duration, 14 * DAY_SECONDS)
    .option("--periods <number>", "decide so often at the most", whole, 60)
    .option("--minimum-samples <number>", "leave out periods with fewer (default: 100 a day)", whole)
    .option("--price <number>", "of a core or GiB for an hour (default: 0.032, 0.0043)", positive)
    .option("--time-limit <duration>", "give up after", duration, 600)
    .addOption(
      new Option("--format <format>", "how to print").choices(["table", "json", "svg"]).default("table"),
    )
    .option("--output <file>", "print into a file")
    .option("--plot <file.svg>", "also draw use and requests into a file")
    .action(async (options: Options) => {
      await backtest(options);
    });
}

async function backtest(options: Options): Promise<void> {
  const started = performance.now();
  const { resource, every, format, output, plot } = options;
  const settings: BacktestSettings = {
    resource,
    everySeconds: every,
    warmupSeconds: options.warmup,
    historySeconds: options.history,
    mostPeriods: options.periods,
    minimumSamples: options.minimumSamples ?? Math.ceil((SAMPLES_OF_DAY * every) / DAY_SECONDS),
  };
  const strategies = chosen(options.strategy ?? STRATEGY_NAMES);
  const series = await readCsvSeries(options.csv, options.scale);
  const pasts = series.map((one) => new SampledPast(one, resource));
  const replays = await replayAll(pasts, strategies, settings, started + options.timeLimit * 1000);
  if (replays.every(({ periods }) => periods === 0)) throw new InputError(nothingToScore(pasts, settings));
  const report = backtestReport({
    settings,
    replays,
    overall: overallByStrategy(replays),
    price: options.price ?? PRICES[resource],
    seconds: Math.round(performance.now() - started) / 1000,
  });
  const drawn = plot !== undefined || format === "svg" ? backtestPlot(replays, resource, every) : "";
  if (plot !== undefined) await writeFile(plot, drawn);
  const colors = output === undefined && process.stdout.isTTY && process.stdout.hasColors();
  const text = {
    table: () => backtestTable(report, colors),
    json: () => `${JSON.stringify(report, undefined, 2)}\n`,
    svg: () => drawn,
  }[format]();
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text);
}

/** Gives up after `limitMs`, as `performance.now()` counts. */
async function replayAll(
  pasts: readonly Past[],
  strategies: ReadonlyMap<string, Strategy>,
  settings: BacktestSettings,
  limitMs: number,
): Promise<Replay[]> {
  const progress = terminalProgress();
  const replays: Replay[] = [];
  try {
    let lookedMs = performance.now();
    for (const [index, past] of pasts.entries()) {
      const steps = replay(past, strategies, settings);
      let step = steps.next();
      for (; !step.done; step = steps.next()) {
        if (performance.now() - lookedMs < SLICE_MS) continue;
        progress.step(`${past.name} (${index + 1} of ${pasts.length}): asking ${step.value}`);
        await setImmediate();
        lookedMs = performance.now();
        if (lookedMs > limitMs)
          throw new InputError(
            `--time-limit: reached after ${index} of ${pasts.length} series; give it more time, fewer series, or fewer --periods`,
          );
      }
      replays.push(step.value);
    }
    return replays;
  } finally {
    progress.done();
  }
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

function nothingToScore(pasts: readonly Past[], { warmupSeconds, minimumSamples }: BacktestSettings): string {
  const longest = Math.max(...pasts.map(({ firstMs, lastMs }) => lastMs - firstMs)) / 1000;
  const days = (seconds: number): string => `${(seconds / DAY_SECONDS).toFixed(1)} days`;
  return longest <= warmupSeconds
    ? `--csv: nothing to score: the longest series covers ${days(longest)}, and the first decision is after ${days(warmupSeconds)}; give more history or a shorter --warmup`
    : `--csv: nothing to score: no period has ${minimumSamples} samples; lower --minimum-samples`;
}

function duration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError("Write a duration such as 24h or 14d.");
  return seconds;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("Write a number above 0.");
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 1_000_000))
    throw new InvalidArgumentError("Write a whole number from 1.");
  return value;
}
