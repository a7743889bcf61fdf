import type { Logger } from "pino";
import type { Config } from "../config/schema.ts";
import type { GitHubAccess } from "../github/app.ts";
import type { RenderStore } from "../gitops/render-store.ts";
import type { Renderer } from "../gitops/render/renderer.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Shard } from "./shards/shard.ts";

/** Everything that a sweep reaches for. */
export interface SweepSetup {
  readonly config: Config;
  /** Files that the configuration names are relative to it. */
  readonly folder: string;
  readonly app: GitHubAccess;
  /** Of GitHub's REST API. */
  readonly baseUrl: string;
  readonly renderer: Renderer;
  readonly kept?: RenderStore;
  readonly log: Logger;
  readonly now: () => number;
  /** Which part of the work is done here; all of it where absent. */
  readonly shard?: Shard;
  /** Of clusters that are watched, by name; the others are read anew each time. */
  readonly inventories?: ReadonlyMap<string, Inventory>;
  /** Signs what is kept in places that others may write to. */
  readonly secret: string;
}
