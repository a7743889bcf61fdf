import type { GeneratedUsage } from "../../support/usage-generator.ts";

const STEP_SECONDS = 60;
const DAY = 86_400;

/** When something has changed for the worse, and how long it is measured at all, in seconds after the usage's end. */
const WORSE_AFTER = 600;
const MEASURED_FOR = 3 * 3600;

/** Draws series around the end of some usage: a day before it, and three hours after. */
export class AfterMergeSeries {
  readonly #usage: GeneratedUsage;
  readonly #endSeconds: number;
  readonly #lines: string[] = [];

  constructor(usage: GeneratedUsage) {
    this.#usage = usage;
    this.#endSeconds = usage.window.endMs / 1000;
  }

  /** One number before, another after; `undefined` is not measured then. */
  gauge(metric: string, labels: Labels, before: number | undefined, after: number | undefined): void {
    this.#draw("gauge", metric, labels, (offset) => (offset < WORSE_AFTER ? before : after));
  }

  /** So many a minute before, and after. */
  counter(metric: string, labels: Labels, before: number, after: number): void {
    this.#draw("counter", metric, labels, (offset) => {
      const minutes = (from: number, to: number): number => (to - from) / 60;
      return offset < WORSE_AFTER
        ? minutes(-DAY, offset) * before
        : minutes(-DAY, WORSE_AFTER) * before + minutes(WORSE_AFTER, offset) * after;
    });
  }

  /** The last pod of a Deployment that the usage has. */
  podOf(name: string): string {
    const pod = new RegExp(`kube_pod_owner\\{[^}]*pod="(${name}-[^"]+)"`);
    const named = [...this.#usage.lines()].flatMap((line) => pod.exec(line)?.[1] ?? []).at(-1);
    if (named === undefined) throw new Error(`no pod of ${name}`);
    return named;
  }

  /** The usage and what was drawn, as OpenMetrics. */
  lines(): string[] {
    return [...[...this.#usage.lines()].filter((line) => line !== "# EOF"), ...this.#lines, "# EOF"];
  }

  #draw(
    type: "gauge" | "counter",
    metric: string,
    labels: Labels,
    valueAt: (offset: number) => number | undefined,
  ): void {
    const text = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
    this.#lines.push(`# TYPE ${metric} ${type}`);
    for (let offset = -DAY; offset <= MEASURED_FOR; offset += STEP_SECONDS) {
      const value = valueAt(offset);
      const name = type === "counter" ? `${metric}_total` : metric;
      if (value !== undefined)
        this.#lines.push(`${name}{${text.join(",")}} ${value} ${this.#endSeconds + offset}`);
    }
  }
}

type Labels = Readonly<Record<string, string>>;
