import { type Guard, notLowered } from "../guard.ts";

/** What a store that did not answer would have told may be the highest use. */
export const partialUsage: Guard = (situation) =>
  situation.partial === true
    ? notLowered(situation, {
        code: "partial-usage",
        message:
          "the metrics server says that its answers lack something: nothing is lowered before they are whole",
      })
    : [];
