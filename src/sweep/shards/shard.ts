import { createHash } from "node:crypto";
import { InputError } from "../../domain/input-error.ts";

/** One of several processes that sweep together. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

const MOST_SHARDS = 10_000;

/** `3/10`; throws an `InputError` where it is none. */
export function parseShard(text: string): Shard {
  const [, number, of] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  return checked(`--shard ${text}`, { number: Number(number), of: Number(of) });
}

/** Of an Indexed Job: its index counts from 0. Throws an `InputError` where the environment does not say it. */
export function shardOfJob(of: number, env: NodeJS.ProcessEnv): Shard {
  const index = env["JOB_COMPLETION_INDEX"];
  if (index === undefined || !/^\d{1,5}$/.test(index))
    throw new InputError(
      "--shards: JOB_COMPLETION_INDEX is not in the environment, where an Indexed Job of Kubernetes sets it; elsewhere give --shard 3/10",
    );
  return checked(`--shards ${of} with JOB_COMPLETION_INDEX=${index}`, { number: Number(index) + 1, of });
}

function checked(where: string, shard: Shard): Shard {
  const { number, of } = shard;
  if (Number.isInteger(of) && of >= 1 && of <= MOST_SHARDS && number >= 1 && number <= of) return shard;
  throw new InputError(`${where}: is no shard; write 1/10 to 10/10 for ten of them, ${MOST_SHARDS} at most`);
}

/** Whether a shard has this; of all shards exactly one has it, the same in every process and every sweep. */
export function isInShard(name: string, { number, of }: Shard): boolean {
  return createHash("sha256").update(name).digest().readUIntBE(0, 6) % of === number - 1;
}

/** Whether there is a store that several processes may share. */
export function hasSharedStore({ store = "" }: { readonly store?: string | undefined }): boolean {
  return /^postgres(?:ql)?:\/\//i.test(store);
}

/** The PostgreSQL on which shards share days of usage and take turns; throws an `InputError` where there is none. */
export function sharedStore({ store = "" }: { readonly store?: string | undefined }): string {
  if (hasSharedStore({ store })) return store;
  throw new InputError(
    "store: several shards share their state on PostgreSQL, so that it has to be a postgres:// address",
  );
}

/** Throws an `InputError` where several processes can't go by a configuration. */
export function requireShared(config: {
  readonly store?: string | undefined;
  readonly dashboard: boolean;
}): void {
  sharedStore(config);
  if (config.dashboard)
    throw new InputError(
      "dashboard: no shard knows all that there is to tell; leave it out, or sweep in one process",
    );
}
