import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import { sweep } from "../../src/sweep/sweep.ts";
import { usageOf } from "./usage-of.ts";

const END = Date.UTC(2026, 10, 20);

/** Each story starts where the one before it ended. */
describe("the dashboard", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      from: DEMO_REPOSITORY,
      usage: await usageOf(["storefront", "mailer", "catalog"], END),
      window: "2d",
      config: "  openWhen: '* * 1 1 *'\ndashboard: true\npolicy: { window: 2d }\n",
    });
    await stage.quiet();
  });
  afterAll(async () => await stage[Symbol.asyncDispose]());

  const dashboard = () => stage.repository.issues().find(({ title }) => title === "Loadline dashboard");
  const open = () =>
    stage.repository
      .pulls()
      .filter(({ state }) => state === "open")
      .map(({ pull }) => pull.head.ref);
  const tick = async (branch: string): Promise<void> => {
    const { number = 0, body } = dashboard() ?? {};
    const ticked = (body ?? "").replace(`- [ ] <!-- ${branch} -->`, `- [x] <!-- ${branch} -->`);
    expect(ticked).not.toBe(body);
    await stage.repository.edit(number, "alice", { body: ticked });
    await stage.quiet();
  };

  it("lists what waits, and opens what is ticked at once", async () => {
    await stage.serving.sweeper.sweep();
    expect(open()).toEqual([]);
    expect(dashboard()?.body?.match(/- \[ \]/g)).toHaveLength(3);
    await tick("loadline/apps-mailer");
    expect(open()).toEqual(["loadline/apps-mailer"]);
    expect(dashboard()?.body).toMatch(/### Open\n\n- #\d+ .*mailer/);
    expect(dashboard()?.body).not.toContain("[x]");
  });

  it("offers again what was declined", async () => {
    const number = stage.repository.pulls()[0]?.number ?? 0;
    await stage.repository.close(number, "alice");
    await stage.serving.sweeper.sweep();
    expect(dashboard()?.body).toMatch(/### Declined[^]*<!-- loadline\/apps-mailer -->/);
    await tick("loadline/apps-mailer");
    expect(open()).toEqual(["loadline/apps-mailer"]);
  });

  it("is edited only when it says something else", async () => {
    const since = stage.github.mark();
    await stage.serving.sweeper.sweep();
    const writes = since().filter(
      ({ method, path: at }) => method !== "GET" && at.startsWith("/repos/acme/shop/issues"),
    );
    expect(writes).toEqual([]);
  });

  it("is closed when it is switched off, and comes back when it is switched on", async () => {
    const off = { ...stage.setup, config: { ...stage.setup.config, dashboard: false } };
    await sweep(off);
    expect(dashboard()?.state).toBe("closed");
    await sweep(stage.setup);
    expect(dashboard()?.state).toBe("open");
    expect(stage.repository.issues()).toHaveLength(1);
  });

  it("closed by a person stays closed", async () => {
    await stage.repository.close(dashboard()?.number ?? 0, "alice");
    await sweep(stage.setup);
    expect(dashboard()?.state).toBe("closed");
  });
});
