import type { Description, Operation } from "./description.ts";
import type { Endpoint } from "./endpoint.ts";

export interface Route {
  readonly endpoint: Endpoint;
  readonly operation: Operation;
  readonly path: Record<string, string>;
}

/** Finds the endpoint of a request by GitHub's own path templates. */
export class Routes {
  readonly #routes: { endpoint: Endpoint; operation: Operation; pattern: RegExp }[];

  constructor(description: Description, endpoints: readonly Endpoint[]) {
    // A later endpoint stands in for an earlier one of the same operation.
    const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    this.#routes = [...byId.values()]
      .map((endpoint) => {
        const operation = description.operations.get(endpoint.id);
        if (!operation) throw new Error(`GitHub has no operation ${endpoint.id}`);
        return { endpoint, operation, pattern: patternOf(operation.template) };
      })
      // The more of a template is fixed, the earlier its turn: /commits/{ref}/check-runs before /commits/{ref}.
      .sort((a, b) => fixed(b.operation.template) - fixed(a.operation.template));
  }

  find(method: string, path: string): Route | undefined {
    for (const { endpoint, operation, pattern } of this.#routes) {
      const match = operation.method === method ? pattern.exec(path) : null;
      if (!match) continue;
      const groups = Object.entries(match.groups ?? {});
      const values = groups.map(([name, value]: [string, string | undefined]) => [
        name,
        decodeURIComponent(value ?? ""),
      ]);
      return { endpoint, operation, path: Object.fromEntries(values) };
    }
    return undefined;
  }
}

/** These may hold slashes, encoded or not. */
const MANY_SEGMENTS = new Set(["ref", "path", "branch", "basehead"]);

function patternOf(template: string): RegExp {
  const source = template.replace(/[.]/g, "\\.").replace(/\/\{(\w+)\}/g, (_, name: string) => {
    // A folder's path may be empty, which is the root, and then its slash is gone too.
    if (name === "path") return "(?:/(?<path>.*))?";
    return `/(?<${name}>${MANY_SEGMENTS.has(name) ? ".+" : "[^/]+"})`;
  });
  return new RegExp(`^${source}$`);
}

const fixed = (template: string): number =>
  template.split("/").filter((part) => part && !part.startsWith("{")).length;
