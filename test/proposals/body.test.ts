import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import { renderBody } from "../../src/proposals/body.ts";
import { groupsOf } from "../../src/proposals/groups.ts";
import { propose } from "../../src/proposals/proposal.ts";
import { HOSTILE, METHOD, planned } from "./planned.ts";

function html(markdown: string): string {
  return micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
}

function elements(markdown: string): string[] {
  return [...html(markdown).matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name = ""]) => name);
}

describe("the body of a pull request", () => {
  it("says what a sync does with the change otherwise than one thinks, but for windows, which pass", () => {
    const effect = (code: "manual-sync" | "sync-window", message: string) => ({
      code,
      message,
      fields: [],
      pointless: false,
    });
    const effects = [
      effect("manual-sync", "Application/argocd/<b>shop is synced by hand"),
      effect("sync-window", "it syncs on Monday"),
    ];
    const one = planned();
    const body = renderBody(
      [{ ...one, source: { ...one.source, live: { links: [], effects } } }],
      [],
      METHOD,
    );
    expect(body).toContain(
      "Of the way to the cluster:\n\n- Application/argocd/&#60;b&#62;shop is synced by hand\n- it syncs on Monday",
    );
  });

  it("says what, why, where, and what was held", () => {
    const held = planned({ name: "web", reason: "no usage was measured" });
    const body = renderBody([planned()], [held], METHOD);
    expect(body).toContain("**`shop/api` asks for `1` core and uses `290m` at p95.** In total: −1.3 cores.");
    expect(body).toContain(
      "| `Deployment shop/api · app` | requests cpu<br>`apps/api.yaml:12` | `1` → **`350m`** (−65%) | 290m · 400m<br>▃▅█ |",
    );
    expect(body).toContain("- `Deployment shop/api · app`: confidence low (0.50)");
    expect(body).toContain("  - CPU: the busiest minutes took 290m");
    expect(body).toContain(
      "  - CPU, of 2016 samples in the last 14d: none above the `1` of now, 0.4 % above the proposed `350m`",
    );
    expect(body).toContain("`Deployment shop/api` (2 replicas): pods are replaced by its rollout strategy");
    expect(body).toContain("  bar [400, 400, 400]\n  line [100, 200, 290]\n  line [350, 350, 350]");
    expect(body).toContain("1 field of 1 container differ");
    expect(body).toContain("- `Deployment shop/web · app` memory: no usage was measured");
    expect(body).not.toContain("NaN");
  });

  it("shows what was proven, where another cluster needed more", () => {
    const container = planned({ cpu: "350m" });
    const changed = [{ resource: "requests.cpu", before: "1", after: "500m" }] as const;
    const body = renderBody(
      [{ ...container, source: { ...container.source, proof: { rendered: true, changed } } }],
      [],
      METHOD,
    );
    expect(body).toContain("`1` → **`500m`**");
    expect(body).not.toContain("350m");
  });

  it("names clusters only where there are several", () => {
    expect(renderBody([planned()], [], METHOD)).not.toContain("cluster");
    const body = renderBody([planned(), planned({ cluster: "b" })], [], METHOD);
    expect(body).toContain("| `main`, `b` | `Deployment");
    expect(body).toContain("- `Deployment shop/api · app` in `b`: confidence");
    expect(body).toContain("- `Deployment shop/api` in `b` (2 replicas): ");
  });

  it("has one row for a line that feeds several containers, with the use of the one that needs most", () => {
    const small = planned({ name: "worker" });
    const { cpu } = small.usage;
    const idle = { ...small, usage: { cpu: cpu && { ...cpu, p95: 0.01, max: 0.02 } } };
    const body = renderBody([idle, planned(), planned({ name: "web", file: "apps/web.yaml" })], [], METHOD);
    expect(body.match(/^\| `Deployment.*$/gm)).toEqual([
      "| `Deployment shop/worker · app`, `Deployment shop/api · app` | requests cpu<br>`apps/api.yaml:12` | `1` → **`350m`** (−65%) | 290m · 400m<br>▃▅█ |",
      "| `Deployment shop/web · app` | requests cpu<br>`apps/web.yaml:12` | `1` → **`350m`** (−65%) | 290m · 400m<br>▃▅█ |",
    ]);
    expect(body).toContain(
      "Where a line feeds several containers, the use is that of the one that needs most.",
    );
  });

  it("says first what hurts", () => {
    const killed = { resource: "memory", code: "oom-kill", message: "it was killed <often>" } as const;
    const hurt = { ...planned({ name: "cart", cpu: "900m", file: "b.yaml" }), urgent: [killed] };
    expect(renderBody([planned(), hurt], [], METHOD)).toMatch(
      /^\*\*`shop\/cart` needs more memory: it was killed &#60;often&#62;\.\*\* 2 containers change/,
    );
  });

  it("says what a change costs where the policy has prices, and on which assumption", () => {
    const prices = { cpuCoreMonth: 20, memoryGiMonth: 3, currency: "EUR" };
    const body = renderBody([planned()], [], { ...METHOD, prices });
    expect(body).toContain("In total: −1.3 cores, −26 EUR a month.");
    expect(body).toContain("| `1` → **`350m`** (−65%) | −26 EUR | 290m · 400m<br>▃▅█ |");
    expect(body).toContain(
      "At 20 `EUR` a month for a CPU core and 3 for a GiB of memory, as the policy says",
    );
  });

  const calm = elements(renderBody([planned()], [planned()], METHOD));
  it.each(HOSTILE)("can't be broken out of by %j", (text) => {
    const hostile = planned({ name: text, container: text, folder: text, cluster: text, reason: text });
    expect(elements(renderBody([hostile], [hostile], METHOD))).toEqual(calm);
  });

  it("fits GitHub with thousands of containers, cut at the end of a line, its marker whole", () => {
    const many = Array.from({ length: 5000 }, (_, index) =>
      planned({
        name: `api-${index}-${"x".repeat(100)}`,
        file: `apps/${"y".repeat(150)}.yaml`,
        reason: "z".repeat(200),
      }),
    );
    const files = [{ path: many[0]?.source.files?.[0] ?? "", before: "a", after: "b" }];
    const [proposal] = groupsOf(many).map((group) => propose("acme/shop", group, files, METHOD));
    expect(proposal?.body.length).toBeLessThan(65_536);
    expect(proposal?.body).toMatch(/\n\n… cut here: the rest did not fit\.\n<!-- loadline \{.*\} -->\n$/);
    expect(renderBody([planned({ name: "x".repeat(100_000) })], [], METHOD).length).toBeLessThan(65_000);
  });
});
