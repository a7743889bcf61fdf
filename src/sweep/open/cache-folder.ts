import { homedir } from "node:os";
import path from "node:path";

/** Loadline's folder among the user's caches, as the convention of XDG has it: a relative path does not count. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: cache = "" } = process.env;
  return path.join(path.isAbsolute(cache) ? cache : path.join(homedir(), ".cache"), "loadline");
}
