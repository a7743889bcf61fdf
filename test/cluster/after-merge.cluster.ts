import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { setStage, type Stage } from "../../demo/stage.ts";
import { onlyCatalog, withKills } from "../app/catalog-story.ts";
import { usageOf } from "../app/usage-of.ts";
import type { GeneratedUsage } from "../support/usage-generator.ts";
import { type ArgoCd, startArgoCd } from "./support/argocd.ts";
import { application } from "./support/argocd-applications.ts";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";

const HOUR = 3_600_000;

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined)("the circle", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  let argocd: ArgoCd;
  let stage: Stage;
  let usage: GeneratedUsage;
  let aheadMs = 0;
  let merged = 0;
  beforeAll(async () => {
    plane = running.use(await startControlPlane());
    argocd = running.use(await startArgoCd(plane));
    await plane.createNamespace("shop");
    usage = await usageOf(["catalog"], Math.floor(Date.now() / 300_000) * 300_000);
    stage = running.use(
      await setStage({
        from: await onlyCatalog(),
        usage,
        window: "2d",
        config: "\npolicy: { window: 2d, mode: auto }\n",
        isPublic: true,
        cluster: `    inventory: kubernetes\n    kubeconfig: ${plane.admin.kubeconfig}\n`,
        now: () => Date.now() + aheadMs,
      }),
    );
    const source = { repoURL: stage.github.cloneUrl("acme/shop"), path: "apps/catalog" };
    await plane.apply([application("catalog", source, { namespace: "shop" })]);
    await argocd.settled("catalog");
  }, 180_000);
  afterAll(() => running.disposeAsync());

  interface Deployment {
    readonly spec: {
      readonly template: {
        readonly spec: { readonly containers: readonly { readonly resources: object }[] };
      };
    };
  }
  const resources = async (): Promise<object | undefined> => {
    const path = "/apis/apps/v1/namespaces/shop/deployments/catalog";
    return (await plane.api.get<Deployment>(path)).spec.template.spec.containers[0]?.resources;
  };
  const follow = async (number: number): Promise<string> => {
    await stage.serving.sweeper.follow();
    await stage.quiet();
    return stage.repository.comments(number).at(-1)?.body ?? "";
  };
  const BEFORE = { requests: { cpu: "500m", memory: "768Mi" }, limits: { memory: "768Mi" } };

  test("what is measured is proposed, merged, synced by Argo CD, and followed to healthy pods", async () => {
    expect(await resources()).toEqual(BEFORE);
    const { failures } = await stage.serving.sweeper.sweep();
    expect(failures).toEqual([]);
    merged = stage.repository.pulls()[0]?.number ?? 0;
    const commit = await stage.repository.merge(merged, "alice");
    await stage.quiet();
    await argocd.settled("catalog", commit);
    await vi.waitFor(async () => {
      expect(await follow(merged)).toMatch(
        new RegExp(
          `synced at \`${commit.slice(0, 10)}\` by \`Application argocd/catalog\`, 2 of 2 pods replaced, healthy after`,
        ),
      );
    }, 60_000);
    expect(await resources()).not.toEqual(BEFORE);
  }, 180_000);

  test("a merge that hurts is taken back, and the cluster has what it had", async () => {
    aheadMs = 3 * HOUR;
    await stage.record(withKills(usage, Date.now() + 2 * HOUR));
    expect(await follow(merged)).toMatch(/Things got worse after it; #\d+ takes it back/);
    await follow(merged);
    const revert = stage.repository.pulls().at(-1);
    expect(revert?.pull.merged).not.toBeNull();
    const tip = (await stage.repository.tip()) ?? "";
    await argocd.settled("catalog", tip);
    expect(await resources()).toEqual(BEFORE);
    await vi.waitFor(async () => {
      expect(await follow(revert?.number ?? 0)).toContain(`synced at \`${tip.slice(0, 10)}\``);
    }, 60_000);
  }, 180_000);
});
