import { statusOf } from "./repository.ts";

/** What went wrong, for whoever runs Loadline: an error's own words, or what an answer of GitHub's means. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  if (name === "GraphqlResponseError") return inWordsOfGraphql(error);
  if (name !== "HttpError") return message;
  const status = statusOf(error) ?? 0;
  if (status >= 500)
    return `GitHub is at fault (${status}), and is asked again by the next sweep: ${message}`;
  // A repository that is gone is no 404 there.
  if (status === 404 && addressOf(error).endsWith("/graphql"))
    return `GitHub's GraphQL interface is not reached at ${addressOf(error)} (404), which Loadline needs beside the REST interface: ${message}`;
  if (status === 404) return gone(message);
  if (status === 401) return `GitHub does not take the App's credentials (401): ${message}`;
  return `GitHub refuses (${status}): ${message}`;
}

/** It knows no status, and one reason for each part of a query. */
function inWordsOfGraphql(error: Error): string {
  const reasons = [...new Set(reasonsOf(error))];
  const message = reasons.length > 0 ? reasons.join("; ") : error.message;
  if (message.includes("Could not resolve to a Repository")) return gone(message);
  const lacks = message.includes("not accessible by integration")
    ? " (the App may lack a permission, or a new one may not have been accepted yet)"
    : "";
  return `GitHub refuses: ${message}${lacks}`;
}

function gone(message: string): string {
  return `GitHub does not find it any more (404): the App was removed from it, or it was deleted: ${message}`;
}

function reasonsOf(error: Error): string[] {
  const errors: readonly unknown[] = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
  return errors.flatMap((one) => {
    const isSaid =
      typeof one === "object" && one !== null && "message" in one && typeof one.message === "string";
    return isSaid ? [String(one.message)] : [];
  });
}

function addressOf(error: Error): string {
  const request: unknown = "request" in error ? error.request : undefined;
  const isKnown = typeof request === "object" && request !== null && "url" in request;
  return isKnown ? String(request.url) : "";
}
