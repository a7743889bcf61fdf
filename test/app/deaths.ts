import type { GitHub, LoggedRequest } from "../support/github/github.ts";

/** Whether it changes anything that people see. */
export function isWrite({
  method,
  path,
  graphql,
}: Pick<LoggedRequest, "method" | "path" | "graphql">): boolean {
  return method !== "GET" && graphql !== "query" && !/access_tokens$|\.git\//.test(path);
}

/**
 * From its nth write on, the App is dead: nothing that it asks arrives. Between two writes it makes no difference
 * when it dies, so that all of these are all moments there are. Gives what ends it.
 */
export function dieBeforeWrite(github: GitHub, nth: number): () => void {
  let written = 0;
  let dead = false;
  return github.fault({
    drop: "before",
    match: (request) => {
      if (isWrite(request)) written += 1;
      dead ||= written > nth;
      return dead;
    },
  });
}

/** The nth write has its effect, and the App does not hear of it. */
export function loseAnswerTo(github: GitHub, nth: number): () => void {
  let written = 0;
  return github.fault({
    drop: "after",
    times: 1,
    match: (request) => isWrite(request) && (written += 1) > nth,
  });
}
