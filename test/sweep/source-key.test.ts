import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { openCluster } from "../../src/sweep/open/open-cluster.ts";
import { noStore } from "../../src/usage/store/no-store.ts";

/** Under which key the days of a cluster are kept that is read with these settings. */
async function keyOf(...more: readonly string[]): Promise<string> {
  return await keyOfCluster("", more);
}

async function keyOfCluster(settings: string, more: readonly string[] = []): Promise<string> {
  const text = [
    "version: 1",
    "clusters:",
    "  - name: prod",
    "    prometheus:",
    "      url: http://127.0.0.1:1",
    "      protocol: promql",
    ...more.map((line) => `      ${line}`),
    `    ${settings}`,
  ].join("\n");
  const [cluster] = parseConfig(text, "loadline.yml").clusters;
  if (cluster === undefined) throw new Error("no cluster");
  const window = { startMs: 0, endMs: 1 };
  const options = { folder: import.meta.dirname, window, store: noStore(), warn: () => undefined };
  await using sources = await openCluster(cluster, options);
  return sources.sourceKey;
}

describe("the key of what is kept", () => {
  it("is the same for the same server", async () => {
    expect(await keyOf()).toBe(await keyOf("timeout: 2m"));
  });

  it("is another where a selector leaves workloads unknown, whose pods' names might be another's", async () => {
    const selected = await keyOfCluster("selector: { team: shop }");
    expect(selected).toBe(await keyOfCluster("selector: { team: shop }"));
    expect(selected).not.toBe(await keyOfCluster("selector: { team: blog }"));
    expect(selected).not.toBe(await keyOf());
  });

  it.each([
    ["user, as of Grafana Cloud,", ["username: '100'"], ["username: '200'"]],
    ["header", ["headers: { X-Scope-OrgID: a }"], ["headers: { X-Scope-OrgID: b }"]],
    ["label", ["labels: { cluster: a }"], ["labels: { cluster: b }"]],
    ["token", ["bearerTokenFile: a"], ["bearerTokenFile: b"]],
  ])("is another for another tenant by its %s", async (_, a, b) => {
    expect(await keyOf(...a)).not.toBe(await keyOf(...b));
  });
});
