import picomatch from "picomatch";
import type { Config } from "../config/schema.ts";

/** Which files of a repository the configuration lets Loadline change; all where it does not name it. */
export function repositoryGlobs({ repositories }: Config, name: string): (path: string) => boolean {
  const configured = repositories.find(
    (repository) => repository.name === name || repository.name.endsWith(`/${name}`),
  );
  return configured ? picomatch(configured.paths, { dot: true }) : () => true;
}
