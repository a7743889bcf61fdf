/**
 * Seconds over which the rate of a counter is taken: five minutes, or four scrapes where scrapes are rarer,
 * so that one lost scrape leaves two samples to compare.
 */
export function rateWindowSeconds(scrapeIntervalSeconds: number): number {
  return Math.max(300, 4 * Math.ceil(scrapeIntervalSeconds));
}
