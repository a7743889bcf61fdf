import type { Delivery } from "../../domain/delivery.ts";
import { type ClusterAccess, loadKubeconfig } from "../kubeconfig.ts";
import { API_LIMITS, type ApiLimits, type ApiResource, KubernetesApi } from "../kubernetes-api.ts";
import type { ApiCost } from "../kubernetes-connection.ts";
import { listedAnew, lookFor, type Scope, type Sight } from "../kubernetes-lists.ts";
import { Notices } from "../kubernetes-notices.ts";
import { readApplication } from "./application.ts";
import { type ArgoSettings, defaultSettings, readArgoSettings } from "./argo-settings.ts";
import type { Deliveries, DeliverySource } from "./delivery-source.ts";
import { readGitRepository, readHelmRelease, readKustomization } from "./flux.ts";
import { syncTimes } from "./sync-times.ts";
import { readProject } from "./sync-windows.ts";

export interface KubernetesDeliveries extends DeliverySource {
  readonly cost: Readonly<ApiCost>;
}

export interface DeliverySettings {
  /** Where to look when the whole cluster may not be read, besides the tools' usual namespaces. */
  readonly namespaces: readonly string[];
  readonly now: () => number;
  readonly limits?: Partial<ApiLimits>;
}

/**
 * Reads what Argo CD and Flux say from the API of the cluster in which they run. A tool that is not installed
 * says nothing; what may not be read becomes a warning that names the missing rule. Rejects as `KubernetesApi`.
 */
export function kubernetesDeliveries(
  access: ClusterAccess,
  { namespaces, now, limits }: DeliverySettings,
): KubernetesDeliveries {
  const cost: ApiCost = { requests: 0, bytes: 0 };
  return {
    cost,
    async deliveries() {
      const config = loadKubeconfig(access);
      await using api = await KubernetesApi.connect(config, { ...API_LIMITS, ...limits }, cost);
      const look: Look = { api, namespaces, notices: new Notices() };
      const [argo, flux] = await Promise.all([readArgo(look, now()), readFlux(look)]);
      return {
        server: api.server,
        deliveries: [...argo.deliveries, ...flux.deliveries],
        tracking: argo.tracking,
        unseen: [...argo.unseen, ...flux.unseen],
        warnings: look.notices.warnings(),
      };
    },
  };
}

interface Look {
  readonly api: KubernetesApi;
  readonly namespaces: readonly string[];
  readonly notices: Notices;
}

type Told = Omit<Deliveries, "server" | "warnings">;

const argo = (plural: string): ApiResource => ({ group: "argoproj.io", version: "v1alpha1", plural });
const APPLICATIONS = argo("applications");
const PROJECTS = argo("appprojects");
const CONFIG_MAPS: ApiResource = { group: "", version: "v1", plural: "configmaps" };

/** Each kind in the versions of Flux that are in use, the newest first. */
const flux = (group: string, plural: string, versions: readonly string[]): ApiResource[] =>
  versions.map((version) => ({ group: `${group}.toolkit.fluxcd.io`, version, plural }));
const KUSTOMIZATIONS = flux("kustomize", "kustomizations", ["v1", "v1beta2"]);
const HELM_RELEASES = flux("helm", "helmreleases", ["v2", "v2beta2", "v2beta1"]);
const GIT_REPOSITORIES = flux("source", "gitrepositories", ["v1", "v1beta2"]);

async function readArgo(look: Look, nowMs: number): Promise<Told> {
  const found = await see(look, [APPLICATIONS], "argocd", readApplication);
  const unseen = found.forbidden.length > 0 ? (["Application"] as const) : [];
  if (found.found.length === 0) return { deliveries: [], tracking: [], unseen };
  const namespaces = [...new Set(found.found.map(controllerOf))].sort();
  const [projects, ...settings] = await Promise.all([
    see(look, [PROJECTS], "argocd", readProject),
    ...namespaces.map((namespace) => settingsOf(look, namespace)),
  ]);
  const timesOf = new Map(
    projects.found.map(({ namespace, name, windows }) => [`${namespace}/${name}`, syncTimes(windows, nowMs)]),
  );
  const settingsIn = new Map(settings.map((one) => [one.tracking.namespace, one]));
  const deliveries = found.found.map((one): Delivery => {
    const controller = controllerOf(one);
    const times = timesOf.get(`${controller}/${one.project ?? "default"}`);
    const everywhere = settingsIn.get(controller)?.ignores;
    return {
      ...one,
      ...times?.(one),
      ignoresResources: [...one.ignoresResources, ...(everywhere?.ignoresResources ?? [])],
      ignoresInline: [...one.ignoresInline, ...(everywhere?.ignoresInline ?? [])],
    };
  });
  return { deliveries, tracking: settings.map(({ tracking }) => tracking), unseen };
}

/** Applications of older Argo CDs don't say, and then are in its own namespace. */
function controllerOf({ controllerNamespace, namespace }: Delivery): string {
  return controllerNamespace ?? namespace;
}

async function settingsOf({ api, notices }: Look, namespace: string): Promise<ArgoSettings> {
  const answer = await api.get(CONFIG_MAPS, namespace, "argocd-cm");
  if (answer.status === "forbidden") notices.forbidden("get", CONFIG_MAPS, namespace);
  return answer.status === "found" ? readArgoSettings(namespace, answer.value) : defaultSettings(namespace);
}

async function readFlux(look: Look): Promise<Told> {
  const repositories = await see(look, GIT_REPOSITORIES, "flux-system", readGitRepository);
  const known = new Map(repositories.found.map((one) => [one.key, one]));
  const [kustomizations, releases] = await Promise.all([
    see(look, KUSTOMIZATIONS, "flux-system", (item) => readKustomization(item, known)),
    see(look, HELM_RELEASES, "flux-system", (item) => readHelmRelease(item, known)),
  ]);
  const unseen = [
    ...(kustomizations.forbidden.length > 0 ? (["Kustomization"] as const) : []),
    ...(releases.forbidden.length > 0 ? (["HelmRelease"] as const) : []),
  ];
  return { deliveries: [...kustomizations.found, ...releases.found], tracking: [], unseen };
}

/**
 * Everywhere, for the tools stand in namespaces of their own; where that is not allowed, and namespaces are
 * named, in these and in the one where the tool usually is.
 */
async function see<T>(
  { api, namespaces, notices }: Look,
  versions: readonly ApiResource[],
  usual: string,
  take: (item: unknown) => T | undefined,
): Promise<Sight<T>> {
  const among = async (scopes: readonly Scope[], told: Notices): Promise<Sight<T>> => {
    for (const resource of versions.slice(0, -1)) {
      const sight = await lookFor({ api, scopes, notices: told }, listedAnew(resource, take));
      if (!sight.absent) return sight;
    }
    const [oldest] = versions.slice(-1);
    if (oldest === undefined) throw new Error("a resource has a version");
    return await lookFor({ api, scopes, notices: told }, listedAnew(oldest, take));
  };
  if (namespaces.length === 0) return await among([undefined], notices);
  const everywhere = await among([undefined], new Notices());
  if (everywhere.forbidden.length === 0) return everywhere;
  return await among([...new Set([usual, ...namespaces])], notices);
}
