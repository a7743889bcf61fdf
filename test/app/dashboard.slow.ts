import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import { readEntries } from "../../src/audit/audit-file.ts";
import { WEBHOOK_PATH } from "../../src/serve.ts";
import { sweep } from "../../src/sweep/sweep.ts";
import { usageOf } from "./usage-of.ts";
import { stopDelivering } from "./storefront-stage.ts";

const END = Date.UTC(2026, 10, 20);

/** Each story starts where the one before it ended. */
describe("the dashboard", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({
      from: DEMO_REPOSITORY,
      usage: await usageOf(["storefront", "mailer", "catalog"], END),
      window: "2d",
      config:
        "  openWhen: '* * 1 1 *'\ndashboard: true\naudit: audit.jsonl\ncommands: { sweep: { roles: [maintain], users: [alice] } }\npolicy: { window: 2d }\n",
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
  const tick = async (branch: string, by = "alice"): Promise<void> => {
    // GitHub times edits by the second, and what is of the same second as Loadline's own counts as after it.
    await sleep(1000);
    const { number = 0, body } = dashboard() ?? {};
    const ticked = (body ?? "").replace(`- [ ] <!-- ${branch} -->`, `- [x] <!-- ${branch} -->`);
    expect(ticked).not.toBe(body);
    await stage.repository.edit(number, by, { body: ticked });
    await stage.quiet();
    // The next sweep writes in another second, too.
    await sleep(1000);
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

  /** Of ticks: who, which, and what came of it. */
  const told = async (): Promise<readonly string[]> => {
    const { entries } = await readEntries(path.join(stage.setup.folder, "audit.jsonl"), 0);
    return entries
      .filter(({ action }) => action === "ticked")
      .map(({ actor, command, outcome }) => `${actor} ${command} ${outcome}`);
  };
  const answers = () => stage.repository.comments(dashboard()?.number ?? 0).map(({ body }) => body);

  it("opens nothing for whoever may not sweep, says so once, and unticks", async () => {
    stage.repository.addCollaborator("rita", "write");
    for (let times = 0; times < 2; times += 1) {
      await tick("loadline/apps-catalog", "rita");
      expect(open()).toEqual(["loadline/apps-mailer"]);
      expect(dashboard()?.body).not.toContain("[x]");
    }
    expect(answers()).toEqual([
      expect.stringMatching(
        /^Boxes were ticked here, .* `rita` may not give `\/loadline sweep` here, which is for the role `maintain` or `alice`\.\n/,
      ),
    ]);
    expect(await told()).toEqual([
      "alice loadline/apps-mailer done",
      "rita loadline/apps-catalog refused",
      "rita loadline/apps-catalog refused",
    ]);
  });

  it("keeps what is known where that can't be said, or the dashboard not be written", async () => {
    stopDelivering(stage);
    await tick("loadline/apps-catalog", "rita");
    const number = dashboard()?.number;
    const faulty = async (line: string) => {
      const match = ({ method, path: at }: { readonly method: string; readonly path: string }): boolean =>
        `${method} ${at}` === line.replace("N", String(number));
      const end = stage.github.fault({ match, status: 403 });
      const { repositories, failures } = await sweep(stage.setup);
      end();
      return { ticked: repositories.flatMap(({ ticked }) => ticked.map(({ outcome }) => outcome)), failures };
    };
    const ticked = ["refused"];
    expect(await faulty("PATCH /repos/acme/shop/issues/N")).toEqual({
      ticked,
      failures: [expect.stringMatching(/^acme\/shop: GitHub refuses \(403\)/)],
    });
    expect(await faulty("GET /repos/acme/shop/issues/N/comments")).toEqual({ ticked, failures: [] });
    expect(dashboard()?.body).not.toContain("[x]");
    stage.github.deliverTo({ url: `${stage.serving.address}${WEBHOOK_PATH}`, secret: stage.setup.secret });
  });

  it("nor for whoever may, where somebody who may not has edited it too, by whatever sweep", async () => {
    stopDelivering(stage);
    await tick("loadline/apps-catalog", "rita");
    await tick("loadline/apps-storefront", "alice");
    await sweep(stage.setup);
    expect(open()).toEqual(["loadline/apps-mailer"]);
    expect(dashboard()?.body).not.toContain("[x]");
    // Alone, and by a sweep that no webhook started.
    await tick("loadline/apps-storefront", "alice");
    await sweep(stage.setup);
    expect(open()).toEqual(["loadline/apps-mailer", "loadline/apps-storefront"]);
  });

  it("nor where GitHub does not say who it was, nor for bots, who get no answer", async () => {
    // A sweep asks first what is there, and then who ticked it.
    let asked = 0;
    const isSecond = ({ graphql }: { readonly graphql?: string }): boolean =>
      graphql !== undefined && (asked += 1) === 2;
    const end = stage.github.fault({ match: isSecond, status: 403 });
    await tick("loadline/apps-catalog", "alice");
    await sweep(stage.setup);
    end();
    expect(open()).not.toContain("loadline/apps-catalog");
    expect(answers().at(-1)).toContain("GitHub did not say who ticked them");
    const before = answers();
    stage.github.account("helper[bot]", "Bot");
    await tick("loadline/apps-catalog", "helper[bot]");
    await sweep(stage.setup);
    expect(open()).not.toContain("loadline/apps-catalog");
    expect(answers()).toEqual(before);
    stage.github.deliverTo({ url: `${stage.serving.address}${WEBHOOK_PATH}`, secret: stage.setup.secret });
  });

  it("offers again what was declined", async () => {
    const number = stage.repository.pulls()[0]?.number ?? 0;
    await stage.repository.close(number, "alice");
    await stage.serving.sweeper.sweep();
    expect(dashboard()?.body).toMatch(/### Declined[^]*<!-- loadline\/apps-mailer -->/);
    await tick("loadline/apps-mailer");
    expect(open()).toContain("loadline/apps-mailer");
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
