import { createHash } from "node:crypto";
import type { Grouping } from "../domain/grouping.ts";

/** What a pull request is for. */
export interface GroupName {
  readonly by: Grouping;
  /**
   * The application's folder, empty for the root of the repository; a namespace; owners with blanks between, empty
   * for nobody; a cluster; empty for the whole repository; or `Kind/namespace/name`.
   */
  readonly name: string;
}

/** The branch of a pull request: readable, and another one for every other group, of whatever grouping. */
export function branchOf({ by, name }: GroupName): string {
  // A dot stands in no name of an application's branch, and a slash would forbid a branch named as the part before it.
  return by === "application" ? `loadline/${slug(name)}` : `loadline/${by}.${slug(name)}`;
}

const LONGEST_SLUG = 60;
const PLAIN_NAME = /^[a-z0-9]+(?:\/[a-z0-9]+)*$/;

/**
 * A branch name's last part: readable, and unique also where names differ only in odd characters, since
 * those get a hash. A plain name that looks like that, or like the root, gets one too.
 */
function slug(name: string): string {
  if (name === "") return "root";
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  const taken = name === "root" || /\/[0-9a-f]{10}$/.test(name);
  if (PLAIN_NAME.test(name) && name.length <= LONGEST_SLUG && !taken) return readable;
  return `${readable.slice(0, LONGEST_SLUG)}-${createHash("sha256").update(name).digest("hex").slice(0, 10)}`;
}
