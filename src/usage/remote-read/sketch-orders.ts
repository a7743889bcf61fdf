import type { Window } from "../../domain/duration.ts";
import type { PackedSeries } from "./packed-series.ts";

/** What a thread is told of an answer, in this order: once `open`, any number of `bytes`, then `end` or `drop`. */
export type Order =
  | { readonly kind: "open"; readonly answer: number; readonly window: Window }
  /** `length` bytes from the buffer's front. The buffer is the thread's until it is `free`. */
  | { readonly kind: "bytes"; readonly answer: number; readonly buffer: ArrayBuffer; readonly length: number }
  | { readonly kind: "end"; readonly answer: number }
  | { readonly kind: "drop"; readonly answer: number };

/** What a thread says: that a buffer may be filled again, and at the end the series or what is wrong. */
export type Report =
  | { readonly kind: "free"; readonly answer: number; readonly buffer: ArrayBuffer }
  | { readonly kind: "series"; readonly answer: number; readonly packed: PackedSeries }
  | { readonly kind: "fault"; readonly answer: number; readonly name: string; readonly message: string };
