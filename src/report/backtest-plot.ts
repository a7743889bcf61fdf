import type { Replay, StrategyRun } from "../backtest/backtest.ts";
import type { UseBand } from "../backtest/past.ts";
import type { ResourceName } from "../domain/resources.ts";
import { amountTicks, timeTicks } from "./plot-ticks.ts";
import { printable } from "./printable.ts";

/** Told apart with any kind of colour vision (Okabe and Ito). */
const COLORS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const WIDTH = 960;
const LEFT = 64;
const RIGHT = 28;
const LEGEND_LINE = 20;
const TITLE = 28;
const PLOT_HEIGHT = 200;
const PANEL = TITLE + PLOT_HEIGHT + 36;
/** More would be no picture any more. */
const MOST_PANELS = 24;

/** From amounts and times to places. */
interface Scale {
  readonly x: (timeMs: number) => number;
  readonly y: (amount: number) => number;
}

/**
 * What was used and what each strategy asked for, as a picture: for each series a band from the least to the
 * most of every hour, within it the 95th percentile and the median, and the requests as steps.
 */
export function backtestPlot(
  replays: readonly Replay[],
  resource: ResourceName,
  everySeconds: number,
): string {
  const panels = replays.slice(0, MOST_PANELS);
  const entries = legend(replays[0]?.runs.map(({ strategy }) => strategy) ?? []);
  const below = 24 + entries.lines * LEGEND_LINE;
  const rest = replays.length - panels.length;
  const height = below + panels.length * PANEL + (rest > 0 ? LEGEND_LINE : 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...entries.drawn,
    ...panels.flatMap((one, index) => [
      `<g transform="translate(0 ${below + index * PANEL})">`,
      ...panel(one, resource, everySeconds),
      "</g>",
    ]),
    ...(rest > 0 ? [`<text x="${LEFT}" y="${height - 8}">and ${rest} more series</text>`] : []),
    "</svg>",
    "",
  ].join("\n");
}

/** As many lines as the names need. */
function legend(names: readonly string[]): { readonly drawn: readonly string[]; readonly lines: number } {
  const entries = [
    ["used: least to most", `<rect y="-9" width="18" height="10" fill="#dfe6ee"/>`],
    ["to p95", `<rect y="-9" width="18" height="10" fill="#b4c3d4"/>`],
    ["median", `<path d="M0 -4H18" stroke="#5b7083"/>`],
    ...names.map((name, index) => [name, `<path d="M0 -4H18" stroke="${color(index)}" stroke-width="2"/>`]),
  ] as const;
  let [x, line] = [LEFT, 1];
  const drawn = entries.map(([name = "", mark]) => {
    const width = 44 + name.length * 6.5;
    if (x + width > WIDTH) [x, line] = [LEFT, line + 1];
    const entry = `<g transform="translate(${x} ${line * LEGEND_LINE + 2})">${mark}<text x="24">${escaped(name)}</text></g>`;
    x += width;
    return entry;
  });
  return { drawn, lines: line };
}

function panel({ past, runs }: Replay, resource: ResourceName, everySeconds: number): string[] {
  const bands = past.bands();
  const [first, endMs] = [bands[0]?.startMs ?? 0, bands.at(-1)?.endMs ?? 1];
  const asked = runs.flatMap(({ decisions }) => decisions.map(({ value }) => value));
  const amounts = amountTicks(Math.max(...bands.map(({ max }) => max), ...asked, 0), resource);
  const top = amounts.at(-1)?.at ?? 1;
  const scale: Scale = {
    x: (timeMs) => LEFT + ((timeMs - first) / (endMs - first)) * (WIDTH - LEFT - RIGHT),
    y: (amount) => TITLE + PLOT_HEIGHT * (1 - amount / top),
  };
  const bottom = TITLE + PLOT_HEIGHT;
  return [
    `<text x="${LEFT}" y="18" font-weight="bold">${escaped(past.name)}</text>`,
    ...amounts.map(
      ({ at, label }) =>
        `<path d="M${LEFT} ${px(scale.y(at))}H${WIDTH - RIGHT}" stroke="#e5e5e5"/><text x="${LEFT - 6}" y="${px(scale.y(at) + 4)}" text-anchor="end">${label}</text>`,
    ),
    ...timeTicks(first, endMs).map(
      ({ at, label }) =>
        `<path d="M${px(scale.x(at))} ${bottom}v5" stroke="#888"/><text x="${px(scale.x(at))}" y="${bottom + 18}" text-anchor="middle">${label}</text>`,
    ),
    area(bands, "max", scale, "#dfe6ee"),
    area(bands, "p95", scale, "#b4c3d4"),
    `<path d="${medians(bands, scale)}" fill="none" stroke="#5b7083"/>`,
    ...runs.map((one, index) => requests(one, endMs, everySeconds, scale, color(index))),
    `<path d="M${LEFT} ${TITLE}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="#888"/>`,
  ];
}

/** From the least to the most, or to what 95 % are below. */
function area(bands: readonly UseBand[], top: "max" | "p95", { x, y }: Scale, fill: string): string {
  const boxes = bands.map(
    (band) =>
      `M${px(x(band.startMs))} ${px(y(band[top]))}H${px(x(band.endMs))}V${px(y(band.min))}H${px(x(band.startMs))}Z`,
  );
  return `<path d="${boxes.join("")}" fill="${fill}"/>`;
}

function medians(bands: readonly UseBand[], { x, y }: Scale): string {
  return bands
    .map(({ startMs, endMs, median }) => `M${px(x(startMs))} ${px(y(median))}H${px(x(endMs))}`)
    .join("");
}

/** Each request holds until the next one, the last one for as long as it was meant to. */
function requests(
  { decisions }: StrategyRun,
  endMs: number,
  everySeconds: number,
  { x, y }: Scale,
  stroke: string,
): string {
  const path = decisions.map(({ atMs, value }, index) => {
    const untilMs = decisions[index + 1]?.atMs ?? Math.min(atMs + everySeconds * 1000, endMs);
    return `${index === 0 ? `M${px(x(atMs))} ` : "V"}${px(y(value))}H${px(x(untilMs))}`;
  });
  return `<path d="${path.join("")}" fill="none" stroke="${stroke}" stroke-width="2"/>`;
}

function color(index: number): string {
  return COLORS[index % COLORS.length] ?? "#000";
}

/** A tenth of a pixel is as fine as it gets. */
function px(place: number): string {
  return String(Math.round(place * 10) / 10);
}

function escaped(text: string): string {
  return printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
