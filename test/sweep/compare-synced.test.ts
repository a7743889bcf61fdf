import { beforeAll, describe, expect, it } from "vitest";
import type { Container } from "../../src/domain/workload.ts";
import { drift } from "../../src/gitops/drift.ts";
import type { Location } from "../../src/gitops/locate.ts";
import type { RepositoryScan } from "../../src/gitops/scan-repository.ts";
import { readApplication } from "../../src/inventory/deliveries/application.ts";
import { compareSynced } from "../../src/sweep/locate/compare-synced.ts";
import type { RepositorySource } from "../../src/sweep/locate/source.ts";
import { deployment, treeOf } from "../gitops/files.ts";
import { scanFiles } from "../gitops/scan-files.ts";
import { applicationObject, SHOP_COMMIT } from "../support/delivery-objects.ts";

const NEWEST = "9".repeat(40);
const files = (cpu: string): Record<string, string> => ({
  "apps/shop/api.yaml": deployment(
    "api",
    `- name: app\n  resources: {requests: {cpu: ${cpu}, memory: 256Mi}}`,
    "shop",
  ),
});
const delivery = readApplication(applicationObject("shop"));

let scan: RepositoryScan;
/** The newest commit asks for 300m. */
beforeAll(async () => {
  scan = await scanFiles(files("300m"));
});

/** What is said where `cpu` lives, and the commit that is synced asks for `synced`; and which commits were read. */
async function compared(cpu: string, synced: Readonly<Record<string, string>> | undefined, commit = NEWEST) {
  const container: Container = {
    name: "app",
    role: "main",
    resources: { requests: { cpu, memory: "256Mi" }, limits: {} },
  };
  const [at] = scan.containers;
  const reason = at && drift(at, container);
  if (!at || !reason) throw new Error("nothing differs");
  const live = { ...(delivery ? { delivery } : {}), links: [] };
  const location: Location = { status: "probable", at, reason, live };
  const read: string[] = [];
  const source: RepositorySource = {
    name: "acme/shop",
    tree: scan.tree,
    commit,
    counts: () => true,
    isOwn: () => true,
    treeAt: async (wanted) => {
      read.push(wanted);
      return await Promise.resolve(
        synced && { tree: treeOf(synced), [Symbol.asyncDispose]: async () => await Promise.resolve() },
      );
    },
  };
  const found = await compareSynced([{ container, location }], new Map([[source, scan]]));
  return { reason: found.compared[0]?.location.reason, read };
}

describe("what lives, against the commit that is synced", () => {
  it("is as that one says: the newer one is still to come", async () => {
    const { reason, read } = await compared("500m", files("500m"));
    expect(read).toEqual([SHOP_COMMIT]);
    expect(reason).toMatchObject({
      code: "not-synced-yet",
      file: "apps/shop/api.yaml",
      message: expect.stringContaining("what the commit that is synced says (4f2e1ab3c4)"),
    });
  });

  it("is set elsewhere where that one says otherwise, too", async () => {
    const { reason } = await compared("900m", files("500m"));
    expect(reason).toMatchObject({
      code: "drift",
      message: expect.stringContaining(
        "at the commit that is synced (4f2e1ab3c4) the file says requests.cpu 500m, the cluster 900m",
      ),
    });
  });

  it("is not known of a commit that did not declare it", async () => {
    const { reason } = await compared("500m", {});
    expect(reason).toMatchObject({
      code: "drift",
      message: expect.stringContaining("(4f2e1ab3c4) does not declare it"),
    });
  });

  it("stays as it was where the commit can't be had, or is the newest itself", async () => {
    const plain = expect.stringMatching(/^the file says requests.cpu 300m, the cluster 500m/);
    expect((await compared("500m", undefined)).reason).toMatchObject({ code: "drift", message: plain });
    const same = await compared("500m", files("500m"), SHOP_COMMIT);
    expect([same.read, same.reason?.message]).toEqual([[], plain]);
  });
});
