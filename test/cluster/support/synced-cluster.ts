import { type GitHub, type RepositoryHandle, startGitHub } from "../../support/github/github.ts";
import { type ArgoCd, startArgoCd } from "./argocd.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { rootApplication, syncedRepository, type Written } from "./synced-repository.ts";

/** A cluster that Argo CD keeps as `acme/shop` on the local GitHub says, see {@link syncedRepository}. */
export interface SyncedCluster extends AsyncDisposable {
  readonly github: GitHub;
  readonly shop: RepositoryHandle;
  readonly plane: ControlPlane;
  readonly argocd: ArgoCd;
  /** Where the requests of each Deployment are written, by its name, which is its Application's too. */
  readonly written: Readonly<Record<string, Written>>;
  /** Resolves when everything is synced and healthy, at a commit if one is given. */
  settled(revision?: string): Promise<void>;
  /** What the containers of the Deployments ask for now, by name. */
  liveRequests(): Promise<Readonly<Record<string, Requests | undefined>>>;
}

type Requests = Readonly<Record<string, string>>;

export async function startSyncedCluster(): Promise<SyncedCluster> {
  await using starting = new AsyncDisposableStack();
  const github = starting.use(await startGitHub());
  const url = github.cloneUrl("acme/shop");
  const { files, written } = syncedRepository(url);
  const shop = await github.createRepository("acme/shop", { files, private: false });
  const plane = starting.use(await startControlPlane());
  const argocd = starting.use(await startArgoCd(plane));
  await plane.apply([rootApplication(url)]);
  const running = starting.move();
  return {
    github,
    shop,
    plane,
    argocd,
    written,
    settled: async (revision) => {
      for (const name of ["root", ...Object.keys(written)]) await argocd.settled(name, revision);
    },
    liveRequests: async () => {
      const deployments = await plane.api.list<Deployment>("/apis/apps/v1/namespaces/shop/deployments");
      return Object.fromEntries(
        deployments.map(({ metadata, spec }) => [
          metadata.name,
          spec.template.spec.containers[0]?.resources.requests,
        ]),
      );
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly resources: { readonly requests: Requests } }[];
      };
    };
  };
}
