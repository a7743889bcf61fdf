import picomatch from "picomatch";
import type { Config } from "../../config/schema.ts";

/** Which sources of a repository count by the configuration; all where it does not name it. */
export function repositoryGlobs({ repositories }: Config, name: string): (path: string) => boolean {
  const configured = repositories.find(
    (repository) => repository.name === name || repository.name.endsWith(`/${name}`),
  );
  if (!configured) return () => true;
  const [without, within] = [
    configured.paths.filter(isNegative),
    configured.paths.filter((glob) => !isNegative(glob)),
  ];
  const counts = picomatch(within.length > 0 ? within : ["**"], { dot: true });
  const excluded = picomatch(
    without.map((glob) => glob.slice(1)),
    { dot: true },
  );
  return (path) => counts(path) && !excluded(path);
}

/** `!apps/legacy/**` takes away what the others let in. */
function isNegative(glob: string): boolean {
  return glob.startsWith("!");
}
