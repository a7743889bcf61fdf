import { InputError } from "../domain/input-error.ts";
import type { ApiResource } from "./kubernetes-api.ts";

/** So many values that make no sense are named; the rest is counted. */
const MOST_ODDITIES = 20;

/** Gathers what could not be seen or used, and says it in few sentences that a person can act on. */
export class Notices {
  readonly #rules = new Map<string, { readonly consequence: string; readonly namespaces: string[] }>();
  readonly #broken = new Map<string, number>();
  readonly #failed = new Map<string, string>();
  readonly #absent = new Set<string>();
  readonly #oddities = new Set<string>();
  #more = 0;

  /** Something in the cluster that is no use to us. Bound to this object, so that it can be handed on. */
  readonly note = (text: string): void => {
    // The text may quote the cluster, and end on a terminal.
    const printable = text.replaceAll(/[^\u0020-\u007E]/g, "?");
    if (this.#oddities.size < MOST_ODDITIES) this.#oddities.add(printable);
    else if (!this.#oddities.has(printable)) this.#more++;
  };

  /** `namespace` is `undefined` where all of them were asked for. */
  forbidden(verb: "get" | "list" | "watch", resource: ApiResource, namespace: string | undefined): void {
    const rule = `verb "${verb}" on resource "${resource.plural}" in API group "${resource.group}"`;
    const consequence = verb === "watch" ? "each sweep lists them anew" : unseen(resource);
    const known = this.#rules.get(rule) ?? { consequence, namespaces: [] };
    this.#rules.set(rule, known);
    if (namespace !== undefined) known.namespaces.push(namespace);
  }

  absent({ group, version, plural }: ApiResource): void {
    this.#absent.add(`The cluster does not serve ${plural} of ${group}/${version}: none are seen`);
  }

  /** A list that the server did not answer, and that others do without. */
  failed(resource: ApiResource, { message }: Error): void {
    this.#failed.set(resource.plural, `${message}: ${unseen(resource)}`);
  }

  /** A list that a watch was to keep up to date, and for how long (milliseconds) it could not. */
  watchBroken({ plural }: ApiResource, brokenMs: number): void {
    this.#broken.set(plural, Math.max(brokenMs, this.#broken.get(plural) ?? 0));
  }

  nothingToSee(server: string): InputError {
    const [rule, ...others] = this.#missingRules();
    if (rule === undefined)
      return new InputError(`${server} serves no workloads. Is it the address of a Kubernetes API server?`);
    return new InputError(
      `No workloads may be listed at ${server}. Missing: ${[rule, ...others].join("; ")}. Grant them (deploy/rbac.yaml), or name the namespaces that you may read with --namespace.`,
    );
  }

  warnings(): string[] {
    const missing = [...this.#rules].map(
      ([rule, { consequence, namespaces }]) =>
        `Missing permission: ${rule}, ${where(namespaces)}: ${consequence}. Grant it (deploy/rbac.yaml)`,
    );
    const broken = [...this.#broken].map(
      ([plural, ms]) =>
        `The watch of ${plural} has been broken for ${Math.round(ms / 1000)} s: they were listed instead`,
    );
    const more = this.#more === 0 ? [] : [`… and ${this.#more} more values that are left out`];
    // Answers arrive in any order; warnings do not.
    return [missing, this.#absent, this.#failed.values(), broken, this.#oddities]
      .flatMap((texts) => [...texts].sort())
      .concat(more);
  }

  #missingRules(): string[] {
    return [...this.#rules].map(([rule, { namespaces }]) => `${rule}, ${where(namespaces)}`).sort();
  }
}

/** What is not known, or not guarded, where a list may not be read. */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  horizontalpodautoscalers: "whether an autoscaler scales the workloads there is unknown",
  verticalpodautoscalers: "workloads may have a VerticalPodAutoscaler that is not seen",
  nodes: "nothing keeps requests below what the largest node has",
  limitranges: "nothing keeps requests and limits within LimitRanges",
  resourcequotas: "nothing keeps requests and limits within ResourceQuotas",
  poddisruptionbudgets: "which PodDisruptionBudgets protect workloads is not seen",
  pods: "what became of pods (evictions, kills for lack of memory) is not seen",
  replicasets: "pod templates of ReplicaSets are not seen",
  controllerrevisions: "which images StatefulSets and DaemonSets had before is not seen",
  events: "evictions of pods that are gone already are not seen",
  applications: "what Argo CD says of workloads is not seen, and what it keeps is at most probable",
  appprojects: "sync windows of Argo CD are not seen",
  configmaps: "how Argo CD marks its objects is not known, and its defaults are assumed",
  kustomizations: "what Flux says of workloads is not seen, and what it keeps is at most probable",
  helmreleases: "what Flux says of workloads is not seen, and what it keeps is at most probable",
  gitrepositories: "from which repositories Flux reads is not seen",
};

function unseen({ plural }: ApiResource): string {
  return CONSEQUENCES[plural] ?? `${plural} are not seen`;
}

function where(namespaces: readonly string[]): string {
  if (namespaces.length === 0) return "in every namespace";
  const named = namespaces.slice(0, 10).map((namespace) => `"${namespace}"`);
  const more = namespaces.length > named.length ? ` and ${namespaces.length - named.length} more` : "";
  return `in ${namespaces.length === 1 ? "namespace" : "namespaces"} ${named.join(", ")}${more}`;
}
