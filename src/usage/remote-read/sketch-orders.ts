import type { UsageWindow } from "../usage-source.ts";
import type { PackedSeries } from "./packed-series.ts";

/** What a thread is told of an answer, in this order: once `open`, any number of `bytes`, then `end` or `drop`. */
export type Order =
  | { readonly kind: "open"; readonly answer: number; readonly window: UsageWindow }
  /** In shared memory, which is the thread's until it says `free`. */
  | { readonly kind: "bytes"; readonly answer: number; readonly bytes: Uint8Array<SharedArrayBuffer> }
  | { readonly kind: "end"; readonly answer: number }
  | { readonly kind: "drop"; readonly answer: number };

/** What a thread says: that the first bytes in its hands may be written over, and at the end series or fault. */
export type Report =
  | { readonly kind: "free"; readonly answer: number }
  | { readonly kind: "series"; readonly answer: number; readonly packed: PackedSeries }
  | { readonly kind: "fault"; readonly answer: number; readonly name: string; readonly message: string };
