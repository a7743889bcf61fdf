import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadline } from "../support/loadline.ts";
import { programs } from "./support/control-plane.ts";
import { startSyncedCluster, type SyncedCluster } from "./support/synced-cluster.ts";

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined)("what Argo CD syncs, however it is written", () => {
  let cluster: SyncedCluster;
  beforeAll(async () => {
    cluster = await startSyncedCluster();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  /** What is written, by name, with so much more CPU. */
  const requests = (more = 0) =>
    Object.fromEntries(
      Object.entries(cluster.written).map(([name, { cpu }]) => [
        name,
        { cpu: `${Number.parseInt(cpu, 10) + more}m`, memory: "64Mi" },
      ]),
    );

  test("runs with the requests that the repository says", async () => {
    await cluster.settled();
    expect(await cluster.liveRequests()).toEqual(requests());
  });

  test("is changed by Loadline in the file that sets it, and by the next sync in the cluster", async () => {
    const { github, shop, written } = cluster;
    shop.addCollaborator("octo-dev", "write");
    const clone = await mkdtemp(path.join(tmpdir(), "loadline-clone-"));
    const git = (...args: readonly string[]) => execa("git", args, { cwd: clone });
    try {
      const url = new URL(github.cloneUrl("acme/shop"));
      url.username = "x-access-token";
      url.password = github.personalToken("octo-dev");
      await git("clone", "--quiet", url.href, ".");
      const settings = Object.entries(requests(100)).map(([name, { cpu }]) => ({
        workload: `Deployment/shop/${name}`,
        container: "app",
        requests: { cpu },
      }));
      const wanted = path.join(clone, ".git", "wanted.json");
      await writeFile(wanted, JSON.stringify(settings));
      const { code, err } = await loadline(["set", "--repo", clone, "--from", wanted, "--write"], {
        env: { LOADLINE_HELM: programs?.helm ?? "", LOADLINE_KUBECTL: programs?.kubectl ?? "" },
      });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const changed = await git("diff", "--name-only");
      const files = Object.values(written).map(({ file }) => file);
      expect(changed.stdout.split("\n")).toEqual(files.toSorted());
      const author = ["-c", "user.name=Octo", "-c", "user.email=octo@example.com"];
      await git(...author, "commit", "--quiet", "--all", "--message=Ask for more");
      await git("push", "--quiet");
    } finally {
      await rm(clone, { recursive: true });
    }
    await cluster.settled((await shop.log())[0]?.sha);
    expect(await cluster.liveRequests()).toEqual(requests(100));
  });

  test("is put back where somebody edits it in the cluster", async () => {
    const container = { name: "app", resources: { requests: { cpu: "7" } } };
    const edit = { spec: { template: { spec: { containers: [container] } } } };
    const target = ["deployment/plain", "--namespace=shop"];
    await cluster.plane.kubectl(["patch", ...target, `--patch=${JSON.stringify(edit)}`]);
    await vi.waitFor(async () => expect(await cluster.liveRequests()).toEqual(requests(100)), 30_000);
  });
});
