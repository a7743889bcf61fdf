import type { Day } from "../usage.ts";
import type { PageKey } from "./page.ts";

/**
 * A table of pages in a database, each row one page, named by the format it is written in, what was asked, the
 * namespace and the day. The format is a part of the key: an older and a newer Loadline that share a database
 * see their own pages only, and never touch each other's but when they are too old. The table keeps its shape;
 * another one would get another name. Every method rejects where the database fails.
 */
export interface PageTable extends AsyncDisposable {
  /** The highest format of all pages; 0 where there are none. */
  newestFormat(): Promise<number>;
  /** Which pages of this format there are, by namespace and day ascending, but those longer than {@link MOST_BYTES}. */
  list(source: string): Promise<readonly Omit<PageKey, "source">[]>;
  /** Ascending by day; what is longer than {@link MOST_BYTES} is left out. */
  read(source: string, namespace: string, days: readonly Day[]): Promise<readonly Page[]>;
  /** All of them, in the place of what was there, or none. */
  write(source: string, namespace: string, pages: readonly Page[]): Promise<void>;
  drop(source: string, namespace: string, days: readonly Day[]): Promise<void>;
  /** Pages of earlier days go, of whatever source and format. */
  prune(before: Day): Promise<void>;
}

export interface Page {
  readonly day: Day;
  readonly page: Uint8Array;
}

export const PAGES = "loadline_usage_pages";

/** No page is longer: a namespace of fifty thousand containers a day. Bounds what a hostile database can cost. */
export const MOST_BYTES = 16 * 2 ** 20;
