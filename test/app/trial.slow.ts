import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DEMO_REPOSITORY } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import { readEntries } from "../../src/audit/audit-file.ts";
import { createTrials } from "../../src/sweep/trials/trials.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";
import { allowWrites } from "../support/kubernetes-writes.ts";
import { deploymentObject, podObject, replicaSetObject, type Sizes } from "../support/trial-objects.ts";
import { usageOf } from "./usage-of.ts";

const END = Date.UTC(2026, 10, 20);
const HOUR = 3_600_000;

/** As the demo's repository has it. */
const OLD: Sizes = {
  web: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "2Gi" } },
  nginx: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } },
};

/** Those that run at the end of the recorded usage. */
const PODS = ["6ztbc", "ck27d", "5l65m"].map((name) => `storefront-xnvr4mbwt-${name}`);
const [TRIED = ""] = PODS;

let certificates: Certificates;
let api: KubernetesApiServer;
let stage: Stage;
let nowMs: number;

beforeAll(async () => {
  certificates = await makeCertificates();
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

async function open(policy: string): Promise<void> {
  nowMs = END - 12 * HOUR;
  api = await KubernetesApiServer.start(certificates);
  allowWrites(api);
  api.add("apps/v1/deployments", deploymentObject("shop", "storefront"));
  api.add("apps/v1/replicasets", replicaSetObject("shop", "storefront"));
  for (const [index, name] of PODS.entries())
    api.add("/v1/pods", podObject("shop", "storefront", name, OLD, `2026-11-19T0${index}:00:00Z`));
  stage = await setStage({
    from: DEMO_REPOSITORY,
    usage: await usageOf(["storefront"], END),
    window: "2d",
    cluster: `    kubeconfig: ${await api.kubeconfig()}\n    trials: { atOnce: 1 }\n`,
    config: `policy: { window: 2d${policy} }\naudit: audit.jsonl\n`,
    now: () => nowMs,
  });
  await stage.quiet();
  await stage.serving.sweeper.sweep();
  await stage.quiet();
  stage.repository.addCollaborator("alice", "write");
  stage.repository.addCollaborator("reader", "read");
}

function pull() {
  const found = stage.repository
    .pulls()
    .find(({ pull: { head } }) => head.ref.startsWith("loadline/apps-storefront"));
  if (!found) throw new Error("no pull request");
  return found;
}

async function answerTo(text: string, login = "alice"): Promise<string> {
  const { number } = pull();
  stage.repository.comment(number, login, text);
  await stage.quiet();
  const answers = stage.repository.comments(number).filter(({ body }) => body.includes("loadline answers"));
  return answers.at(-1)?.body ?? "";
}

const told = (): string[] =>
  stage.repository
    .comments(pull().number)
    .map(({ body }) => body)
    .filter((body) => body.includes("<!-- loadline trial"));

const Pod = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    containers: z.array(z.looseObject({ name: z.string(), resources: z.unknown() })),
  }),
  status: z.looseObject({ containerStatuses: z.array(z.looseObject({ name: z.string() })) }),
});

const pods = () => (api.objects.get("/v1/pods") ?? []).map((object) => Pod.parse(object));

/** What a pod asks for. */
const sizeOf = (name: string): object =>
  Object.fromEntries(
    (pods().find(({ metadata }) => metadata.name === name)?.spec.containers ?? []).map((container) => [
      container.name,
      container.resources,
    ]),
  );

/** Gives every pod what it asks for, and says of its first container what is given. */
function nodesSay(of: object = {}): void {
  api.objects.set(
    "/v1/pods",
    pods().map((pod) => ({
      ...pod,
      status: {
        ...pod.status,
        containerStatuses: pod.status.containerStatuses.map((status, index) => ({
          ...status,
          resources: pod.spec.containers[index]?.resources,
          ...(index === 0 && pod.metadata.name === TRIED ? of : {}),
        })),
      },
    })),
  );
}

async function rounds(count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    await stage.serving.trials.round();
    nodesSay();
  }
}

const leases = () => api.objects.get("coordination.k8s.io/v1/leases") ?? [];

async function audited(): Promise<(string | null)[][]> {
  const { entries } = await readEntries(path.join(stage.setup.folder, "audit.jsonl"), 0);
  return entries
    .filter(({ action }) => action.startsWith("trial"))
    .map(({ action, actor, outcome }) => [action, actor, outcome]);
}

/** Each story starts where the one before it ended. */
describe("/loadline try", () => {
  beforeAll(async () => await open(", trial: { longest: 4h }"));

  it("is for who may write, and bounded by the policy", async () => {
    expect(await answerTo("/loadline try", "reader")).toMatch(/may not give `\/loadline try` here/);
    expect(await answerTo("/loadline try 5h")).toMatch(/The policy allows trials of 4h at the most/);
    expect(await answerTo("/loadline try 30s")).toMatch(/less than 5m would show nothing/);
    expect(await answerTo("/loadline try nobody")).toMatch(
      /`nobody` is no container or workload[^]*prod Deployment/,
    );
    expect(await answerTo("/loadline try stop")).toMatch(/No trial of this pull request is under way/);
    expect(leases()).toEqual([]);
  });

  it("gives one pod the proposed values, tells so in one comment, and puts it back when its time is over", async () => {
    expect(await answerTo("/loadline try 2h")).toMatch(
      /The pod `storefront-xnvr4mbwt-6ztbc` of .* gets the proposed values for 2h/,
    );
    await rounds(3);
    expect(sizeOf(TRIED)).toMatchObject({ web: { requests: { cpu: "500m", memory: "512Mi" } } });
    for (const other of PODS.slice(1)) expect(sizeOf(other)).toEqual(OLD);
    expect(told()).toEqual([
      expect.stringContaining("One pod has the proposed values since 2026-11-19 12:00 UTC"),
    ]);

    nowMs += HOUR;
    await rounds(1);
    expect(told()).toEqual([
      expect.stringMatching(/\| `web` \| memory, peak \| `\d+Mi` \| `\d+Mi` \| \d+ % of `1Gi`/),
    ]);

    nowMs += HOUR;
    await rounds(3);
    expect(sizeOf(TRIED)).toEqual(OLD);
    expect(told()).toEqual([expect.stringMatching(/\*\*It held\*\*.* The pod has its old size again/)]);
    expect(leases()).toEqual([]);
    expect(pull().body).toMatch(
      /### Why these values\n- `nginx`, `web` in `prod` tried on one pod for 2h until 2026-11-19 14:00 UTC: it held; /,
    );
    expect(await audited()).toEqual([
      ["trial-begun", "alice", "done"],
      ["trial-ended", "loadline", "done"],
    ]);
  });

  it("one at a time; stop ends it, which is told in a comment of that trial", async () => {
    expect(await answerTo("/loadline try web")).toMatch(/gets the proposed values for 2h/);
    await rounds(2);
    expect(await answerTo("/loadline try")).toMatch(
      /one of this workload is under way already, for alice in acme\/shop/,
    );
    expect(await answerTo("/loadline try stop")).toMatch(
      /put back to the old size: a pod of `Deployment\/shop\/storefront`/,
    );
    await rounds(3);
    expect(sizeOf(TRIED)).toEqual(OLD);
    expect(told()).toEqual([
      expect.stringContaining("It held"),
      expect.stringContaining("**It was stopped**: by alice."),
    ]);
  });

  it("an OOM kill is told at once, and the pod put back", async () => {
    nowMs += HOUR;
    await answerTo("/loadline try web");
    await rounds(2);
    const finishedAt = new Date(nowMs + 1000).toISOString();
    nodesSay({ restartCount: 1, lastState: { terminated: { reason: "OOMKilled", finishedAt } } });
    await rounds(3);
    expect(sizeOf(TRIED)).toEqual(OLD);
    expect(told().at(-1)).toMatch(/\*\*It did not hold\*\*: killed for its memory \(OOM\): web\./);
    nodesSay({ restartCount: 0, lastState: {} });
  });

  it("a Loadline that was killed is followed by another one, which puts the pod back and tells", async () => {
    nowMs += HOUR;
    await answerTo("/loadline try 1h");
    await rounds(2);
    expect(sizeOf(TRIED)).not.toEqual(OLD);
    const heirs = createTrials(stage.setup);
    nowMs += 60_000;
    // The other one may still come back.
    await heirs.round();
    nowMs += HOUR;
    for (let round = 0; round < 3; round++) {
      await heirs.round();
      nodesSay();
    }
    expect(sizeOf(TRIED)).toEqual(OLD);
    expect(told().at(-1)).toMatch(/\*\*It held\*\*/);
    expect(leases()).toEqual([]);
  });

  it("a node that takes its time to put it back is told, and waited for", async () => {
    nowMs += HOUR;
    await answerTo("/loadline try 1h");
    await rounds(2);
    nowMs += 2 * HOUR;
    await stage.serving.trials.round();
    const all = api.objects.get("/v1/pods") ?? [];
    const pending = {
      type: "PodResizePending",
      status: "True",
      reason: "Deferred",
      message: "Node is full <b>",
    };
    const conditions = [
      { type: "Ready", status: "True", lastTransitionTime: "2026-11-19T00:00:00Z" },
      pending,
    ];
    api.objects.set(
      "/v1/pods",
      all.map((pod) => ({ ...pod, status: { ...Object(pod["status"]), conditions } })),
    );
    await rounds(2);
    expect(told().at(-1)).toMatch(
      /not back at its old size yet \(`Deferred: Node is full <b>`\)[^]*kubectl --namespace shop delete pod/,
    );
    expect(leases()).toHaveLength(1);
    api.objects.set("/v1/pods", all);
    nodesSay();
    await rounds(2);
    expect(told().at(-1)).toMatch(/The pod has its old size again/);
  });

  it("a pull request that is closed ends its trial", async () => {
    nowMs += HOUR;
    await answerTo("/loadline try 1h");
    await rounds(2);
    await stage.repository.close(pull().number, "alice");
    await stage.quiet();
    await rounds(3);
    expect(sizeOf(TRIED)).toEqual(OLD);
    expect(told().at(-1)).toMatch(/\*\*It was stopped\*\*: the pull request was closed\./);
    expect(await audited()).toHaveLength(12);
  });
});
