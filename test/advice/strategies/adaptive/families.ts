import { random } from "./random.ts";

/** Samples of one pod every five minutes, from a midnight on, which is a Monday's. */
export interface Series {
  readonly name: string;
  readonly values: Float64Array;
}

export const STEP_SECONDS = 300;
export const SAMPLES_A_DAY = 86_400 / STEP_SECONDS;

/** What use does over the days: its level at a time (in days) of the smooth use, which is 1. */
export type Shape = (draw: () => number) => (time: number) => number;

export const weekday = (time: number): number => Math.floor(time) % 7;
export const wave = (time: number): number => Math.sin(2 * Math.PI * time);

/** Each draws what it is like, once for a series. */
export const CPU_FAMILIES = {
  steady: () => () => 1,
  daily: (draw) => {
    const [height, phase] = [0.2 + 0.7 * draw(), draw()];
    return (time) => 1 + height * wave(time + phase);
  },
  weekly: (draw) => {
    const [height, weekend] = [0.1 + 0.35 * draw(), 0.2 + 0.5 * draw()];
    return (time) => (1 + height * wave(time)) * (weekday(time) >= 5 ? weekend : 1);
  },
  mondays: (draw) => {
    const height = 1.9 + 1.4 * draw();
    return (time) => (weekday(time) === 0 && time % 1 > 0.25 && time % 1 < 0.83 ? height : 1);
  },
  bursty: (draw) => {
    const [begin, end] = [1 / (30 + 200 * draw()), 1 / (3 + 30 * draw())];
    let bursting = false;
    return () => {
      if (draw() < (bursting ? end : begin)) bursting = !bursting;
      return bursting ? 12 + 16 * draw() : 1;
    };
  },
  spiky: (draw) => {
    const [share, height] = [0.002 + 0.035 * draw(), 2 + 10 * draw()];
    return () => (draw() < share ? 1 + height * draw() : 1);
  },
  batch: (draw) => {
    const [start, length, height] = [draw() * 0.85, 0.02 + 0.09 * draw(), 2 + 6 * draw()];
    return (time) => (time % 1 >= start && time % 1 < start + length ? height : 1);
  },
  leak: (draw) => {
    const days = 3 + 9 * draw();
    return (time) => 1 + (time % days) / days;
  },
  growing: (draw) => {
    const aDay = 0.01 + 0.05 * draw();
    return (time) => 1 + aDay * time;
  },
  idle: (draw) => () => (draw() < 0.01 ? 0.3 : 0.03),
  "step up": (draw) => {
    const [day, height] = [8 + 8 * draw(), 1.3 + 1.7 * draw()];
    return (time) => (time < day ? 1 : height);
  },
  "step down": (draw) => {
    const [day, height] = [8 + 8 * draw(), 1 / (1.3 + 1.7 * draw())];
    return (time) => (time < day ? 1 : height);
  },
  drift: (draw) => {
    const levels = [1];
    return (time) => {
      while (levels.length <= time) levels.push((levels.at(-1) ?? 1) * Math.exp(0.3 * (draw() - 0.5)));
      return levels[Math.floor(time)] ?? 1;
    };
  },
} satisfies Readonly<Record<string, Shape>>;

export type CpuFamily = keyof typeof CPU_FAMILIES;

/** Cores, from 0.1 to 1 where the shape is 1, with a noise that goes on for a while. */
export function cpuSeries(family: CpuFamily, seed: number, days = 24): Series {
  const draw = random(seed);
  const [level, noise, lasts] = [0.1 * 10 ** draw(), 0.01 + 0.15 * draw() ** 2, 0.6 + 0.35 * draw()];
  const shape = CPU_FAMILIES[family](draw);
  let wander = 0;
  const values = Float64Array.from({ length: days * SAMPLES_A_DAY }, (_, index) => {
    wander = lasts * wander + Math.sqrt(1 - lasts ** 2) * gauss(draw);
    return level * Math.exp(noise * wander) * shape(index / SAMPLES_A_DAY);
  });
  return { name: `${family} ${seed}`, values };
}

/** Normally distributed, around 0. */
export function gauss(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
