import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Stage } from "../../demo/stage.ts";
import { makeCertificates } from "../support/certificates.ts";
import { applicationObject } from "../support/delivery-objects.ts";
import { type KubernetesObject, KubernetesApiServer, send } from "../support/kubernetes-api.ts";

const TRACKING = "argocd.argoproj.io/tracking-id";

const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({ replicas: z.number().default(1) }),
});

/** An API server with one Deployment that an Application of Argo CD brings from the repository, step by step. */
export interface DeliveredCluster extends AsyncDisposable {
  readonly api: KubernetesApiServer;
  readonly kubeconfig: string;
  /** Reasons of the events that were written, in order. */
  readonly events: readonly string[];
  /** The Deployment as the file says it, with so many pods of the newest template. */
  readonly apply: (yaml: string, updated: number) => void;
  /** What Argo CD says of itself. */
  readonly argo: (repoURL: string, revision: string, status?: object, spec?: object) => void;
}

export async function deliveredCluster(): Promise<DeliveredCluster> {
  const api = await KubernetesApiServer.start(await makeCertificates());
  let generation = 1;
  const events: string[] = [];
  api.write = (_seen, body, response) => {
    const event: { reason: string } = JSON.parse(body);
    events.push(event.reason);
    send(response, 201, event);
  };
  return {
    api,
    events,
    kubeconfig: await api.kubeconfig(),
    apply: (yaml, updated) => {
      const { metadata, spec } = deploymentIn(yaml);
      generation += 1;
      const { replicas } = spec;
      const status = {
        observedGeneration: generation,
        replicas,
        updatedReplicas: updated,
        readyReplicas: replicas,
      };
      const object: KubernetesObject = {
        metadata: {
          ...metadata,
          generation,
          annotations: { [TRACKING]: "catalog:apps/Deployment:shop/catalog" },
        },
        spec,
        status,
      };
      api.objects.set("apps/v1/deployments", [object]);
    },
    argo: (repoURL, revision, status = {}, spec = {}) =>
      void api.objects.set("argoproj.io/v1alpha1/applications", [
        applicationObject("catalog", {
          spec: { source: { repoURL, path: "apps/catalog", targetRevision: "main" }, ...spec },
          status: {
            sourceType: "Directory",
            sync: { status: "Synced", revision },
            history: [{ id: 1, revision }],
            resources: [
              {
                group: "apps",
                version: "v1",
                kind: "Deployment",
                namespace: "shop",
                name: "catalog",
                status: "Synced",
              },
            ],
            ...status,
          },
        }),
      ]),
    [Symbol.asyncDispose]: async () => await api[Symbol.asyncDispose](),
  };
}

function deploymentIn(yaml: string): z.infer<typeof manifest> {
  const found = parseAllDocuments(yaml)
    .map((document) => manifest.safeParse(document.toJS()).data)
    .find((object) => object?.kind === "Deployment");
  if (!found) throw new Error("the file holds no Deployment");
  return found;
}

/** The address by which Argo CD reads the repository of a stage. */
export function addressOf({ github, repository }: Stage): string {
  return `${github.url}/${repository.fullName}.git`;
}
