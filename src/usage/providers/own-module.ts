import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { InputError } from "../../domain/input-error.ts";
import type { UsageSource } from "../usage-source.ts";
import type { Provider, ProviderContext, ProviderFactory } from "./provider.ts";
import { PROVIDER_LIMITS, type ProviderLimits, providerSource, wordsOf } from "./provider-source.ts";

/** A user's module must be let go of at the end. */
export type OwnSource = UsageSource & AsyncDisposable;

/** To be loaded, to make a provider, to close it. */
const OPEN_MS = 30_000;

/**
 * The provider of a user's own module, a path relative to the configuration's folder. It runs in this process
 * with all that this process may do. Rejects with `InputError` where it can't be loaded or is no provider.
 */
export async function ownModule(
  module: string,
  options: Readonly<Record<string, unknown>>,
  context: ProviderContext,
  limits: ProviderLimits = PROVIDER_LIMITS,
): Promise<OwnSource> {
  const name = `provider ${module}`;
  const fault = (what: string): InputError => new InputError(`${name}: ${what}`);
  const load = async (): Promise<unknown> =>
    import(/* @vite-ignore */ pathToFileURL(path.resolve(context.folder, module)).href);
  const loaded = await soon(load).catch((error: unknown) => {
    throw fault(
      `can't be loaded: ${wordsOf(error).replaceAll(`${path.resolve(context.folder)}${path.sep}`, "")}`,
    );
  });
  const factory = defaultOf(loaded);
  if (!isFactory(factory))
    throw fault("its default export is no function; write export default (options, context) => ({ series })");
  const provider: unknown = await soon(async () => factory(options, context)).catch((error: unknown) => {
    throw fault(`can't be opened: ${wordsOf(error)}`);
  });
  if (!isProvider(provider)) throw fault("what its default export returns has no function series");
  return {
    ...providerSource(provider, name, limits),
    async [Symbol.asyncDispose]() {
      await soon(async () => provider.close?.());
    },
  };
}

async function soon<Result>(work: () => Promise<Result>): Promise<Result> {
  const done = new AbortController();
  const late = delay(OPEN_MS, undefined, { signal: done.signal }).then(() => {
    throw new Error(`nothing came within ${OPEN_MS / 1000} s`);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    late.catch(() => {});
    done.abort();
  }
}

function defaultOf(module: unknown): unknown {
  return typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
}

function isFactory(value: unknown): value is ProviderFactory {
  return typeof value === "function";
}

function isProvider(value: unknown): value is Provider {
  return (
    typeof value === "object" && value !== null && "series" in value && typeof value.series === "function"
  );
}
