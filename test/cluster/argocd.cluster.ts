import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type GitHub, type RepositoryHandle, startGitHub } from "../support/github/github.ts";
import { loadline } from "../support/loadline.ts";
import { type ArgoCd, startArgoCd } from "./support/argocd.ts";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";
import { rootApplication, syncedRepository } from "./support/synced-repository.ts";

/** Each story starts where the one before it ended. */
describe.skipIf(programs === undefined)("what Argo CD syncs, however it is written", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  let argocd: ArgoCd;
  let github: GitHub;
  let shop: RepositoryHandle;
  let repository: ReturnType<typeof syncedRepository>;
  let names: readonly string[];
  beforeAll(async () => {
    github = running.use(await startGitHub());
    repository = syncedRepository(github.cloneUrl("acme/shop"));
    names = Object.keys(repository.written);
    shop = await github.createRepository("acme/shop", { files: repository.files, private: false });
    shop.addCollaborator("octo-dev", "write");
    plane = running.use(await startControlPlane());
    argocd = running.use(await startArgoCd(plane));
  });
  afterAll(() => running.disposeAsync());

  interface Deployment {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly containers: readonly { readonly resources: { readonly requests: object } }[];
        };
      };
    };
  }
  const liveRequests = async () => {
    const deployments = await plane.api.list<Deployment>("/apis/apps/v1/namespaces/shop/deployments");
    return Object.fromEntries(
      deployments.map(({ metadata, spec }) => [
        metadata.name,
        spec.template.spec.containers[0]?.resources.requests,
      ]),
    );
  };
  const written = () =>
    Object.fromEntries(names.map((name) => [name, { cpu: repository.written[name]?.cpu, memory: "64Mi" }]));

  test("runs with the requests that the repository says", async () => {
    await plane.apply([rootApplication(github.cloneUrl("acme/shop"))]);
    await argocd.settled("root");
    await Promise.all(names.map((name) => argocd.settled(name)));
    expect(await liveRequests()).toEqual(written());
  });

  test("is changed by Loadline in the file that sets it, and by the next sync in the cluster", async () => {
    const clone = await mkdtemp(path.join(tmpdir(), "loadline-clone-"));
    const git = (...args: readonly string[]) => execa("git", args, { cwd: clone });
    try {
      const url = new URL(github.cloneUrl("acme/shop"));
      url.username = "x-access-token";
      url.password = github.personalToken("octo-dev");
      await git("clone", "--quiet", url.href, ".");
      const settings = names.map((name) => ({
        workload: `Deployment/shop/${name}`,
        container: "app",
        requests: { cpu: `2${repository.written[name]?.cpu.slice(1)}` },
      }));
      const wanted = path.join(clone, ".git", "wanted.json");
      await writeFile(wanted, JSON.stringify(settings));
      const { code, err } = await loadline(["set", "--repo", clone, "--from", wanted, "--write"], {
        env: { LOADLINE_HELM: programs?.helm ?? "", LOADLINE_KUBECTL: programs?.kubectl ?? "" },
      });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const changed = (await git("diff", "--name-only")).stdout.split("\n");
      expect(changed).toEqual(
        Object.values(repository.written)
          .map(({ file }) => file)
          .toSorted(),
      );
      await git(
        "-c",
        "user.name=Octo",
        "-c",
        "user.email=octo@example.com",
        "commit",
        "--quiet",
        "-am",
        "Right-size",
      );
      await git("push", "--quiet");
    } finally {
      await rm(clone, { recursive: true });
    }
    const head = (await shop.log("main"))[0]?.sha ?? "";
    await Promise.all(names.map((name) => argocd.settled(name, head)));
    expect(await liveRequests()).toEqual(
      Object.fromEntries(
        Object.entries(written()).map(([name, { cpu }]) => [
          name,
          { cpu: `2${cpu?.slice(1)}`, memory: "64Mi" },
        ]),
      ),
    );
  });

  test("is put back where somebody edits it in the cluster", async () => {
    const edit = {
      spec: { template: { spec: { containers: [{ name: "app", resources: { requests: { cpu: "7" } } }] } } },
    };
    await plane.kubectl(["patch", "deployment/plain", "--namespace=shop", `--patch=${JSON.stringify(edit)}`]);
    await vi.waitFor(async () => {
      expect((await liveRequests())["plain"]).toMatchObject({ cpu: "210m" });
    }, 30_000);
  });
});
