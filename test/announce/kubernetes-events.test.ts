import { afterAll, beforeAll, expect, it } from "vitest";
import { writeEvents } from "../../src/announce/kubernetes-events.ts";
import type { Moment } from "../../src/followup/moment.ts";
import { makeCertificates } from "../support/certificates.ts";
import { KubernetesApiServer, send, sendStatus } from "../support/kubernetes-api.ts";
import { objectOf, workload } from "../support/kubernetes-objects.ts";

const ID = { kind: "Deployment", namespace: "shop", name: "api" } as const;
const NOW = Date.UTC(2026, 10, 22, 9);
const moment = (kind: Moment["kind"], cluster = "prod"): Moment => ({
  kind,
  repository: "acme/shop",
  number: 7,
  workloads: [{ cluster, workload: ID }],
  text: "things got worse after #7",
});

let api: KubernetesApiServer;
let written: Record<string, unknown>[] = [];
beforeAll(async () => {
  api = await KubernetesApiServer.start(await makeCertificates());
  api.add("apps/v1/deployments", objectOf(workload(ID)));
});
afterAll(async () => await api[Symbol.asyncDispose]());

const write = async (...moments: readonly Moment[]) =>
  await writeEvents({ kubeconfig: await api.kubeconfig(), allowExec: false }, "prod", moments, NOW);

it("writes an event on the workload, which kubectl describe finds, and each once", async () => {
  const names = new Set<string>();
  written = [];
  api.write = (_seen, body, response) => {
    const event: { metadata: { name: string } } = JSON.parse(body);
    if (names.has(event.metadata.name)) return sendStatus(response, 409, "AlreadyExists", "it is there");
    names.add(event.metadata.name);
    written.push(event);
    send(response, 201, event);
  };
  expect(
    await write(moment("reverted"), moment("reverted"), moment("synced"), moment("worse", "dev")),
  ).toEqual([]);
  expect(await write(moment("reverted"))).toEqual([]);
  expect(written).toMatchObject([
    {
      kind: "Event",
      metadata: { namespace: "shop" },
      involvedObject: { apiVersion: "apps/v1", ...ID, uid: "Deployment-shop-api" },
      type: "Warning",
      reason: "Reverted",
      message: "acme/shop: things got worse after #7",
      lastTimestamp: "2026-11-22T09:00:00Z",
    },
    { type: "Normal", reason: "UpdateSuccess" },
  ]);
});

it("says which role is missing where it may not", async () => {
  api.allows = ({ resource }) => resource !== "events";
  expect(await write(moment("late"))).toEqual([
    "events may not be written in namespace shop: grant deploy/rbac-events.yaml",
  ]);
});
