import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_REPOSITORY, recordedUsage } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import { readMarker } from "../../src/proposals/marker.ts";
import { WEBHOOK_PATH } from "../../src/serve.ts";
import type { GeneratedUsage } from "../support/usage-generator.ts";
import { isWrite } from "./deaths.ts";

const END = Date.UTC(2026, 10, 20);
let usage: GeneratedUsage;
let stage: Stage;

beforeAll(async () => {
  usage = await recordedUsage(END, "2d", 300);
});

/** Each story starts where the one before it ended. */
describe("the App's loop", () => {
  beforeAll(async () => {
    stage = await setStage({ from: DEMO_REPOSITORY, usage, window: "2d" });
    await stage.quiet();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  const writesOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const since = stage.github.mark();
    await work();
    return (
      since()
        // Checks are made after a sweep, when its webhooks arrive.
        .filter((request) => isWrite(request) && !request.path.includes("/check-runs"))
        .map(
          ({ method, path, status }) =>
            `${method} ${path
              .replace("/repos/acme/shop", "")
              .replace(/heads(?:\/|%2F).*/, "heads/…")
              .replace(/\d+/, "N")} ${status}`,
        )
    );
  };

  it("the first sweep opens one pull request an application, five writes each", async () => {
    const writes = await writesOf(async () => await stage.serving.sweeper.sweep());
    const pulls = stage.repository.pulls();
    expect(pulls.length).toBeGreaterThan(8);
    expect(writes).toHaveLength(pulls.length * 5);
    expect(writes.slice(0, 5)).toEqual([
      "POST /git/trees 201",
      "POST /git/commits 201",
      "POST /git/refs 201",
      "POST /pulls 201",
      "POST /issues/N/labels 200",
    ]);
    expect(new Set(pulls.map(({ pull }) => pull.head.ref)).size).toBe(pulls.length);
  });

  it("each pull request says what and why, is labelled, carries its marker, and GitHub signed its commit", async () => {
    const pull = pullOf("apps-storefront");
    expect(pull.title).toMatch(/^Right-size apps\/storefront: −[\d.]+ cores, −[\d.]+ GiB$/);
    expect(pull.body?.split("\n", 1)[0]).toMatch(
      /^\*\*`shop\/storefront` asks for `1` core and uses `\d+m` at p95/,
    );
    expect(readMarker(pull.body ?? "")?.workloads).toEqual(
      ["nginx", "web"].map((container) => `prod Deployment/shop/storefront ${container}`),
    );
    expect(pull.labels.map(({ name }) => name)).toEqual(["loadline"]);
    const [commit] = await stage.repository.log(pull.pull.head.ref);
    expect(stage.repository.isVerified(commit?.sha ?? "")).toBe(true);
  });

  it("a second sweep with the same result writes nothing", async () => {
    expect(await writesOf(async () => await stage.serving.sweeper.sweep())).toEqual([]);
  });

  it("other values update the same branch and the same pull request", async () => {
    const before = stage.repository.pulls().map(({ number }) => number);
    const { body: old } = pullOf("apps-storefront");
    await stage.record(await recordedUsage(END, "2d", 300, { "Deployment/shop/storefront": 2 }));
    const writes = await writesOf(async () => await stage.serving.sweeper.sweep());
    expect(writes).toEqual([
      "POST /git/trees 201",
      "POST /git/commits 201",
      "PATCH /git/refs/heads/… 200",
      "PATCH /pulls/N 200",
    ]);
    expect(stage.repository.pulls().map(({ number }) => number)).toEqual(before);
    expect(pullOf("apps-storefront").body).not.toBe(old);
    await stage.record(usage);
  });

  it("a branch that a person committed to is left to that person", async () => {
    const pull = pullOf("apps-mailer");
    await stage.repository.commit({
      branch: pull.pull.head.ref,
      author: "alice",
      files: { "apps/mailer/NOTES.md": "mine\n" },
    });
    await stage.record(await recordedUsage(END, "2d", 300, { "Deployment/shop/mailer": 3 }));
    const { repositories } = await stage.serving.sweeper.sweep();
    const outcome = repositories[0]?.published.find(({ number }) => number === pull.number)?.outcome;
    expect(outcome).toBe("hands-off");
    await stage.record(usage);
  });

  it("a pull request that a person closed is not opened again", async () => {
    await stage.serving.sweeper.sweep();
    const pull = pullOf("apps-catalog");
    await stage.repository.close(pull.number, "alice");
    await stage.quiet();
    const { repositories } = await stage.serving.sweeper.sweep();
    expect(
      repositories[0]?.published.find(({ proposal }) => proposal.group.name === "apps/catalog")?.outcome,
    ).toBe("declined");
    expect(
      stage.repository
        .pulls()
        .filter(({ pull, state }) => pull.head.ref.includes("catalog") && state === "open"),
    ).toEqual([]);
  });

  it("after a merge the push sweeps again, and nothing is left to do for that application", async () => {
    const pull = pullOf("apps-search");
    await stage.repository.merge(pull.number, "alice");
    await stage.quiet();
    expect(await stage.repository.file("main", "apps/search/search.yaml")).toMatch(/cpu: \S+ +# two cores/);
    expect(
      stage.repository.pulls().filter((other) => other.pull.head.ref === pull.pull.head.ref),
    ).toHaveLength(1);
    expect(await writesOf(async () => await stage.serving.sweeper.sweep())).toEqual([]);
  });

  describe("slash commands", () => {
    beforeAll(() => {
      stage.repository.addCollaborator("alice", "write");
      stage.repository.addCollaborator("reader", "read");
    });

    const answersTo = async (login: string, text: string): Promise<string[]> => {
      const { number } = pullOf("apps-storefront");
      const before = stage.repository.comments(number).length;
      stage.repository.comment(number, login, text);
      await stage.quiet();
      return stage.repository
        .comments(number)
        .slice(before + 1)
        .map(({ body }) => body);
    };

    it("explain answers once, with the evidence, after 👀", async () => {
      const [answer, ...more] = await answersTo("alice", "/loadline explain");
      expect(more).toEqual([]);
      expect(answer).toMatch(/CPU over 2d: p95 \d+m, peak \d+m, from \d+ samples/);
      expect(answer).toContain("`apps/storefront/deployment.yaml:45`");
    });

    it("somebody without write access is told so, and nothing is done", async () => {
      const [answer] = await answersTo("reader", "/loadline refresh");
      expect(answer).toMatch(/may not give/);
    });

    it("an unknown word gets the nearest command", async () => {
      const [answer] = await answersTo("alice", "/loadline refesh");
      expect(answer).toMatch(/There is no command `refesh`\. Did you mean `\/loadline refresh`\?/);
    });

    it("quotes, code and bots' comments are no commands", async () => {
      expect(await answersTo("alice", "> /loadline refresh\n\n```\n/loadline refresh\n```")).toEqual([]);
    });

    it("a replayed webhook has no second effect", async () => {
      const { number } = pullOf("apps-storefront");
      await answersTo("alice", "/loadline help");
      const before = stage.repository.comments(number);
      const delivery = stage.github.deliveries.findLast(({ event }) => event === "issue_comment");
      const created = stage.github.deliveries.filter(({ event }) => event === "issue_comment");
      for (const { id } of created) stage.github.redeliver(id);
      await stage.quiet();
      expect(delivery).toBeDefined();
      expect(stage.repository.comments(number)).toEqual(before);
    });
  });

  it("a forged webhook is refused and has no effect", async () => {
    const body = JSON.stringify({ action: "created", comment: { id: 1, body: "/loadline refresh" } });
    const since = stage.github.mark();
    for (const signature of [
      undefined,
      "sha256=00",
      `sha256=${createHmac("sha256", "wrong").update(body).digest("hex")}`,
    ]) {
      const response = await fetch(`${stage.serving.address}${WEBHOOK_PATH}`, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "x-github-event": "issue_comment",
          "x-github-delivery": crypto.randomUUID(),
          ...(signature === undefined ? {} : { "x-hub-signature-256": signature }),
        },
      });
      expect(response.status).toBe(400);
    }
    await stage.quiet();
    expect(since()).toEqual([]);
  });

  it("answers at /healthz and /metrics, and nowhere else", async () => {
    const get = async (path: string): Promise<string> => {
      const response = await fetch(stage.serving.address + path);
      return `${response.status} ${await response.text()}`;
    };
    expect(await get("/healthz")).toBe("200 ok\n");
    expect(await get("/metrics")).toMatch(/loadline_pull_requests_total\{outcome="opened"\} \d+/);
    expect(await get("/secrets")).toMatch(/^404/);
  });

  function pullOf(slug: string) {
    const found = stage.repository.pulls().find(({ pull }) => pull.head.ref.startsWith(`loadline/${slug}`));
    if (!found) throw new Error(`no pull request for ${slug}`);
    return found;
  }
});
