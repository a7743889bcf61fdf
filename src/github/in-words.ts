import { statusOf } from "./repository.ts";

/** What went wrong, for whoever runs Loadline: an error's own words, or what an answer of GitHub's means. */
export function inWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Error)) return message;
  // Its GraphQL interface knows no status.
  const missing =
    error.name === "GraphqlResponseError" && message.includes("Could not resolve to a Repository");
  if (error.name !== "HttpError" && !missing) return message;
  const status = missing ? 404 : (statusOf(error) ?? 0);
  if (status >= 500)
    return `GitHub is at fault (${status}), and is asked again by the next sweep: ${message}`;
  if (status === 404)
    return `GitHub does not find it any more (404): the App was removed from it, or it was deleted: ${message}`;
  if (status === 401) return `GitHub does not take the App's credentials (401): ${message}`;
  return `GitHub refuses (${status}): ${message}`;
}
