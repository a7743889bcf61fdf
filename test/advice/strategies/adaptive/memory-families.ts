import { gauss, SAMPLES_A_DAY, type Series, type Shape, wave, weekday } from "./families.ts";
import { random } from "./random.ts";

/** The working set of a program over the days, by what it does to the one who has to reserve it. */
export const MEMORY_FAMILIES = {
  steady: {
    steady: () => () => 1,
    daily: (draw) => {
      const height = 0.1 + 0.5 * draw();
      return (time) => 1 + height * wave(time);
    },
    "garbage collected": (draw) => {
      const [lasts, height] = [0.02 + 0.2 * draw(), 0.1 + 0.5 * draw()];
      return (time) => 1 + height * ((time / lasts) % 1);
    },
  },
  leaks: {
    "restarted each week or two": (draw) => {
      const [aDay, days] = [0.05 + 0.25 * draw(), 5 + 8 * draw()];
      return (time) => 1 + aDay * (time % days);
    },
    "steep, restarted after days": (draw) => {
      const [aDay, days] = [0.3 + 1.2 * draw(), 1.2 + 3 * draw()];
      return (time) => 1 + aDay * (time % days);
    },
    "never restarted": (draw) => {
      const aDay = 0.01 + 0.2 * draw();
      return (time) => 1 + aDay * time;
    },
    "restarted at random": (draw) => {
      const [aDay, age] = [0.05 + 0.5 * draw(), agesOf(draw, 2 + 5 * draw(), 0.5)];
      return (time) => 1 + aDay * age(time);
    },
    "caches that fill": (draw) => {
      const [height, lasts] = [0.3 + 1.2 * draw(), 0.5 + 5 * draw()];
      const age = agesOf(draw, 8 + 8 * draw(), 3);
      return (time) => 1 + height * (1 - Math.exp(-age(time) / lasts));
    },
    "by a share a day": (draw) => {
      const [aDay, days] = [0.03 + 0.12 * draw(), 6 + 20 * draw()];
      return (time) => Math.exp(aDay * (time % days));
    },
    "as it is busy": (draw) => {
      const [aDay, days] = [0.05 + 0.25 * draw(), 5 + 12 * draw()];
      let [leaked, born] = [0, 0];
      return (time) => {
        if (time - born >= days) [leaked, born] = [0, time];
        const busy = (1 + 0.9 * wave(time)) * (weekday(time) >= 5 ? 0.3 : 1);
        leaked += (aDay / SAMPLES_A_DAY) * busy;
        return 1 + leaked;
      };
    },
    "on top of growth": (draw) => {
      const [grows, aDay, days] = [0.01 + 0.02 * draw(), 0.1 + 0.3 * draw(), 1.5 + 3 * draw()];
      return (time) => 1 + grows * time + aDay * (time % days);
    },
    "since a release": (draw) => {
      const [aDay, begins] = [0.03 + 0.3 * draw(), 6 + 9 * draw()];
      return (time) => 1 + aDay * Math.max(0, time - begins);
    },
  },
  spikes: {
    "three a day": (draw) => {
      const height = 0.2 + 0.8 * draw();
      return () => (draw() < 0.01 ? 1 + height * Math.exp(0.2 * gauss(draw)) : 1);
    },
    "one in days": (draw) => {
      const [height, share] = [0.2 + 0.8 * draw(), 1 / (SAMPLES_A_DAY * (2 + 6 * draw()))];
      return () => (draw() < share ? 1 + height * Math.exp(0.2 * gauss(draw)) : 1);
    },
    growing: (draw) => {
      const [height, aDay] = [0.1 + 0.4 * draw(), 0.03 + 0.15 * draw()];
      return (time) =>
        draw() < 4 / SAMPLES_A_DAY ? 1 + height * (1 + aDay * time) * Math.exp(0.1 * gauss(draw)) : 1;
    },
    "a job each night": (draw) => {
      const [height, spread] = [0.2 + draw(), 0.05 + 0.2 * draw()];
      const [begins, lasts, today] = [0.9 * draw(), 0.01 + 0.08 * draw(), daily(draw)];
      return (time) =>
        1 + (time % 1 >= begins && time % 1 < begins + lasts ? height * today(time) ** spread : 0);
    },
    "a job each week": (draw) => {
      const [height, spread] = [0.3 + draw(), 0.05 + 0.1 * draw()];
      const [on, today] = [Math.floor(7 * draw()), daily(draw)];
      return (time) =>
        1 + (weekday(time) === on && time % 1 > 0.3 && time % 1 < 0.5 ? height * today(time) ** spread : 0);
    },
    "with a heavy tail": (draw) => {
      const [least, tail] = [0.02 + 0.1 * draw(), 2 + 3 * draw()];
      return () => (draw() < 0.01 ? 1 + least * (1 - draw()) ** (-1 / tail) : 1);
    },
    "that last": (draw) => {
      const [height, begin, end] = [
        0.2 + draw(),
        1 / (SAMPLES_A_DAY * (0.3 + 2 * draw())),
        1 / (3 + 30 * draw()),
      ];
      let now = 0;
      return () => {
        if (draw() < (now === 0 ? begin : end)) now = now === 0 ? height * Math.exp(0.25 * gauss(draw)) : 0;
        return 1 + now;
      };
    },
    "that ebb away": (draw) => {
      const [height, often, keeps] = [
        0.2 + draw(),
        1 / (SAMPLES_A_DAY * (0.5 + 2.5 * draw())),
        0.8 + 0.18 * draw(),
      ];
      let now = 0;
      return () => {
        now = draw() < often ? Math.max(now, height * Math.exp(0.3 * gauss(draw))) : now * keeps;
        return 1 + now;
      };
    },
    "of two kinds": (draw) => {
      const [small, large] = [0.2 + 0.3 * draw(), 0.6 + 0.9 * draw()];
      const share = 1 / SAMPLES_A_DAY;
      return () => {
        const height = draw() < 2 * share ? small : draw() < share / 5 ? large : 0;
        return 1 + height * Math.exp(0.1 * gauss(draw));
      };
    },
  },
  stairs: {
    "each few days": (draw) => {
      const [days, height] = [2 + 2 * draw(), 1.08 + 0.3 * draw()];
      return (time) => height ** Math.floor(time / days);
    },
    "each week or so": (draw) => {
      const [days, height] = [4 + 4 * draw(), 1.08 + 0.4 * draw()];
      return (time) => height ** Math.floor(time / days);
    },
    "as high as each other": (draw) => {
      const [days, height] = [1.5 + 3 * draw(), 0.1 + 0.4 * draw()];
      return (time) => 1 + height * Math.floor(time / days);
    },
    "of any height, at any time": (draw) => {
      const [days, height] = [2 + 3 * draw(), 0.05 + 0.25 * draw()];
      return jumpsOf(draw, days, (level) => level * (1 + height * (0.5 + draw())));
    },
    "at any time, and no more": (draw) => {
      const [days, height] = [1.5 + 3 * draw(), 1.08 + 0.3 * draw()];
      return jumpsOf(draw, days, (level) => level * height, 2 + Math.floor(4 * draw()));
    },
    "until a restart": (draw) => {
      const [days, height, steps] = [1.2 + 2 * draw(), 1.1 + 0.3 * draw(), 3 + Math.floor(4 * draw())];
      return (time) => height ** (Math.floor(time / days) % steps);
    },
    "up and down": (draw) => {
      const [height, most] = [1.1 + 0.25 * draw(), 3 + Math.floor(3 * draw())];
      let steps = 0;
      return jumpsOf(draw, 1 + 2 * draw(), () => height ** Math.abs((steps++ % (2 * most)) - most));
    },
    "by releases": (draw) => {
      const [day, levels] = [Math.floor(7 * draw()), [1]];
      return (time) => {
        const week = Math.floor((time + day) / 7);
        while (levels.length <= week) levels.push((levels.at(-1) ?? 1) * (0.92 + 0.35 * draw()));
        return levels[week] ?? 1;
      };
    },
  },
  "one-off steps": {
    "up by 3 to 15 %": (draw) => {
      const [day, height] = [8 + 14 * draw(), 1.03 + 0.12 * draw()];
      return (time) => (time < day ? 1 : height);
    },
    "up by 20 to 150 %": (draw) => {
      const [day, height] = [8 + 14 * draw(), 1.2 + 1.3 * draw()];
      return (time) => (time < day ? 1 : height);
    },
    "up and back": (draw) => {
      const [day, lasts, height] = [4 + 14 * draw(), 0.2 + 4 * draw(), 1.1 + draw()];
      return (time) => (time < day || time > day + lasts ? 1 : height);
    },
    down: (draw) => {
      const [day, height] = [5 + 12 * draw(), 0.3 + 0.6 * draw()];
      return (time) => (time < day ? 1 : height);
    },
    "levels by chance": (draw) => {
      const [days, spread] = [1 + 4 * draw(), 0.1 + 0.3 * draw()];
      return jumpsOf(draw, days, () => Math.exp(spread * gauss(draw)));
    },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, Shape>>>>;

export type MemoryKind = keyof typeof MEMORY_FAMILIES;

/** Bytes, from 64 Mi to 4 Gi where the shape is 1. */
export function memorySeries(name: string, shapeOf: Shape, seed: number, days = 24): Series {
  const draw = random(seed);
  const [level, noise] = [2 ** (26 + 6 * draw()), 0.005 + 0.015 * draw()];
  const shape = shapeOf(draw);
  let wander = 0;
  const values = Float64Array.from({ length: days * SAMPLES_A_DAY }, (_, index) => {
    wander = 0.98 * wander + 0.2 * gauss(draw);
    return level * (1 + noise * wander) * shape(index / SAMPLES_A_DAY);
  });
  return { name: `${name} ${seed}`, values };
}

/** How many days it is since the last restart: at random times, so many days apart in the mean and at the least. */
function agesOf(draw: () => number, days: number, least: number): (time: number) => number {
  let next = draw() * days;
  let born = next - days;
  return (time) => {
    while (time >= next) [born, next] = [next, next + least + waitOf(draw, days - least)];
    return time - born;
  };
}

/** A level that jumps at random times, half a day apart at the least. */
function jumpsOf(
  draw: () => number,
  days: number,
  jump: (level: number) => number,
  most = Number.POSITIVE_INFINITY,
): (time: number) => number {
  let [level, next, jumps] = [1, waitOf(draw, days), 0];
  return (time) => {
    for (; time >= next && jumps < most; jumps++)
      [level, next] = [jump(level), next + 0.5 + waitOf(draw, days)];
    return level;
  };
}

/** What each day draws for itself: e to the power of a normal number. */
function daily(draw: () => number): (time: number) => number {
  const days: number[] = [];
  return (time) => {
    while (days.length <= time) days.push(Math.exp(gauss(draw)));
    return days[Math.floor(time)] ?? 1;
  };
}

function waitOf(draw: () => number, mean: number): number {
  return -mean * Math.log(1 - draw());
}
