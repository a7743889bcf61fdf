import { type PresetName, presetText } from "../../config/preset-name.ts";
import { InputError } from "../../domain/input-error.ts";
import { earlierTexts, textAt } from "../../github/earlier-texts.ts";
import { type InstalledRepository, installedRepository } from "../../github/repository.ts";
import type { PresetSource } from "./presets.ts";
import type { SweepSetup } from "../setup.ts";

/** Presets as the App's own installations let it read them; each is read once, however many repositories extend it. */
export function githubPresets({ app, baseUrl }: Pick<SweepSetup, "app" | "baseUrl">): PresetSource {
  const repositories = new Map<string, Promise<InstalledRepository | { readonly missing: string }>>();
  const texts = new Map<string, ReturnType<PresetSource["read"]>>();
  const repositoryOf = async (name: string) =>
    await once(repositories, name.toLowerCase(), async () => {
      try {
        return await installedRepository(app, baseUrl, name);
      } catch (error) {
        if (error instanceof InputError) return { missing: error.message };
        throw error;
      }
    });
  return {
    read: async (name) =>
      await once(texts, presetText(name), async () => {
        const repository = await repositoryOf(name.repository);
        if ("missing" in repository) return repository;
        const text = await textAt(repository, name.path, name.ref);
        return text === undefined ? { missing: missing(name) } : { text };
      }),
    async *earlier(name) {
      const repository = await repositoryOf(name.repository);
      if (!("missing" in repository)) yield* earlierTexts(repository, name.path, name.ref);
    },
  };
}

function missing({ ref }: PresetName): string {
  return `there is no such file of at most 1 MB${ref === undefined ? "" : `, or no ${ref}`}`;
}

async function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return await known;
}
