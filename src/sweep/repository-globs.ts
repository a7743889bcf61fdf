import picomatch from "picomatch";
import type { Config } from "../config/schema.ts";

/** Which sources of a repository count by the configuration; all where it does not name it. */
export function repositoryGlobs({ repositories }: Config, name: string): (path: string) => boolean {
  const configured = repositories.find(
    (repository) => repository.name === name || repository.name.endsWith(`/${name}`),
  );
  return configured ? picomatch(configured.paths, { dot: true }) : () => true;
}
