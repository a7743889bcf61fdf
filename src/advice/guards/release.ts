import type { ContainerUsage, Day } from "../../usage/usage.ts";
import { type Guard, notLowered } from "../guard.ts";

/** Which days are learned from. */
export interface Learning {
  readonly usage: ContainerUsage;
  /** Set where a new image runs for too few days to lower anything. */
  readonly newImage?: { readonly image: string; readonly days: number };
  /** Days since the image was first seen, or since anything was. */
  readonly imageDays: number;
}

/**
 * A new image is a new program: once it ran for `minimumDays`, only its days count, and before that all days
 * do, but nothing is lowered. A container that is released more often than every `minimumDays` would never be
 * learned from: there all days count.
 */
export function sinceRelease(usage: ContainerUsage, minimumDays: number): Learning {
  const { first, last } = span(usage.days.map(({ day }) => day));
  const firstSeen = new Map<string, Day>();
  for (const { day, image } of usage.days)
    if (image !== undefined) firstSeen.set(image, Math.min(day, firstSeen.get(image) ?? day));
  // What is gone was taken back, however new it was.
  const running = new Set(usage.days.filter(({ day }) => day === last).map((one) => one.image));
  const [newest] = [...firstSeen]
    .filter(([image]) => running.has(image) || running.has(undefined))
    .sort(([, a], [, b]) => b - a);
  const seenDays = last - first + 1;
  const oftener = seenDays / firstSeen.size < minimumDays;
  if (!newest || firstSeen.size === 1 || minimumDays === 0 || oftener) return { usage, imageDays: seenDays };
  const [image, since] = newest;
  const imageDays = last - since + 1;
  // The day of the release is one of both images.
  if (imageDays <= minimumDays) return { usage, imageDays, newImage: { image, days: imageDays } };
  const days = usage.days.filter((one) => one.day >= since && (one.image ?? image) === image);
  return { usage: { ...usage, days }, imageDays };
}

export const newRelease: Guard = (situation) => {
  const { newImage } = situation.learning;
  if (!newImage) return [];
  return notLowered(situation, {
    code: "new-image",
    message: `${newImage.image} runs for ${newImage.days} ${newImage.days === 1 ? "day" : "days"}: nothing is lowered before ${situation.policy.guards.daysOfNewImage} full days of it were seen`,
  });
};

function span(days: readonly Day[]): { first: Day; last: Day } {
  return days.reduce(({ first, last }, day) => ({ first: Math.min(first, day), last: Math.max(last, day) }), {
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
  });
}
