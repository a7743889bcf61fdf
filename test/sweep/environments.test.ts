import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY } from "../../src/advice/policy.ts";
import { parseConfig } from "../../src/config/load.ts";
import { NO_SURROUNDINGS } from "../../src/domain/surroundings.ts";
import type { Came } from "../../src/followup/arrival.ts";
import { begin } from "../../src/followup/follow.ts";
import type { FollowState, TargetState } from "../../src/followup/state.ts";
import type { Resources } from "../../src/domain/resources.ts";
import type { MergedChange, TurnTerms } from "../../src/sweep/environments/environment-turn.ts";
import { environmentHolds } from "../../src/sweep/environments/environments.ts";
import type { AdvisedContainer } from "../../src/sweep/advise-cluster.ts";
import { type Located, locateContainers } from "../../src/sweep/locate/locate-containers.ts";
import { locators, type RepositorySource } from "../../src/sweep/locate/source.ts";
import { mergedChanges } from "../../src/sweep/environments/merged-changes.ts";
import { unwellByUsage } from "../../src/sweep/environments/well-since.ts";
import { deployment, treeOf } from "../gitops/files.ts";
import { scanFiles } from "../gitops/scan-files.ts";

const NOW = Date.UTC(2026, 10, 20);
const DAY = 86_400_000;

function environments(text: string): TurnTerms["environments"] {
  return parseConfig(
    `version: 1\nclusters: [${["dev", "staging", "prod"].map((name) => `{ name: ${name}, metricsFile: a.om }`).join(", ")}]\nenvironments: ${text}\n`,
    "loadline.yaml",
  ).environments;
}

const BY_NAMESPACE = environments(
  "[{ name: dev, namespaces: ['*-dev'], for: 1d }, { name: staging, namespaces: ['*-staging'] }, { name: prod, namespaces: ['*-prod'] }]",
);

function terms(more: Partial<TurnTerms> = {}): TurnTerms {
  return {
    environments: BY_NAMESPACE,
    merged: [],
    unread: [],
    whyUnwell: unwellByUsage,
    nowMs: NOW,
    ...more,
  };
}

const cpu = (amount: string): Resources => ({ requests: { cpu: amount }, limits: {} });

interface Running extends Partial<AdvisedContainer> {
  readonly namespace?: string;
  readonly name?: string;
  readonly wanted?: string | null;
  readonly urgent?: boolean;
}

function advised({
  namespace = "shop-prod",
  name = "api",
  wanted = "200m",
  urgent = false,
  ...more
}: Running) {
  const one = { name: "app", role: "main" as const, resources: cpu("1") };
  const id = { kind: "Deployment" as const, namespace, name };
  const said = { resource: "cpu" as const, code: "throttled", message: "it was throttled" };
  return {
    cluster: "prod",
    workload: { ...id, replicas: 2, labels: {}, annotations: {}, containers: [one], autoscalers: [] },
    container: one,
    surroundings: NO_SURROUNDINGS,
    usage: {},
    advice: {
      recommended: wanted === null ? null : cpu(wanted),
      held: [],
      because: [],
      guarded: [],
      urgent: urgent ? [said] : [],
      confidence: 1,
      confidenceLevel: "high",
    },
    policy: { won: "policy", because: "", mode: "recommend", bounds: DEFAULT_POLICY.bounds },
    ...more,
  } satisfies AdvisedContainer;
}

const CONTAINER = "- name: app\n  resources: { requests: { cpu: 1 } }";
const NAMESPACES = ["shop-dev", "shop-staging", "shop-prod"];
const FILES = Object.fromEntries(
  ["api", "web"].flatMap((name) =>
    NAMESPACES.map(
      (namespace) => [`${namespace}/${name}.yaml`, deployment(name, CONTAINER, namespace)] as const,
    ),
  ),
);

async function located(files: Readonly<Record<string, string>>, ...running: Running[]): Promise<Located[]> {
  const scan = await scanFiles(files);
  const source: RepositorySource = {
    name: "acme/shop",
    tree: treeOf(files),
    counts: () => true,
    isOwn: () => true,
  };
  return locateContainers(
    running.map(advised),
    locators(new Map([[source, scan]]), () => undefined),
  );
}

function said(holds: ReturnType<typeof environmentHolds>): string[] {
  return [...holds].map(
    ([{ cluster, workload }, { code, message }]) => `${cluster} ${workload.namespace} ${code}: ${message}`,
  );
}

function merge(namespace: string, agoMs: number, more: Partial<MergedChange> = {}): MergedChange {
  return {
    repository: "acme/shop",
    name: "acme/shop#12",
    mergedMs: NOW - agoMs,
    containers: new Set([`prod Deployment/${namespace}/api app`]),
    isCut: false,
    isFollowed: false,
    isForgiven: false,
    ...more,
  };
}

describe("a change of an environment", () => {
  const three = async (dev: Running, staging: Running, prod: Running = {}) =>
    await located(
      FILES,
      { namespace: "shop-dev", ...dev },
      { namespace: "shop-staging", ...staging },
      { namespace: "shop-prod", ...prod },
    );

  it("waits while the one before it has one of its own, and the first waits for none", async () => {
    expect(said(environmentHolds(await three({}, {}), terms()))).toEqual([
      "prod shop-staging waits-for-environment: staging comes after dev, where Deployment/shop-dev/api app in cluster prod has a change that is not merged, or not rolled out yet",
      "prod shop-prod waits-for-environment: prod comes after staging, where Deployment/shop-staging/api app in cluster prod has a change that is not merged, or not rolled out yet",
    ]);
  });

  it("waits for the time that the one before it has to stay well, to the minute", async () => {
    const running = await three({ wanted: null }, {}, { wanted: null });
    const after = (ms: number) => said(environmentHolds(running, terms({ merged: [merge("shop-dev", ms)] })));
    expect(after(DAY - 60_000)).toEqual([
      "prod shop-staging waits-for-environment: staging comes after dev, where Deployment/shop-dev/api app in cluster prod was changed by acme/shop#12, and is to stay well until 2026-11-20 00:01 UTC",
    ]);
    expect(after(DAY)).toEqual([]);
  });

  it("goes by the last merge, also where its list of containers was cut", async () => {
    const running = await three({ wanted: null }, {}, { wanted: null });
    const cut = merge("elsewhere", 0, { isCut: true, name: "acme/shop#13" });
    expect(said(environmentHolds(running, terms({ merged: [merge("shop-dev", 9 * DAY), cut] })))).toEqual([
      expect.stringContaining("acme/shop#13"),
    ]);
    const elsewhere = { ...cut, repository: "acme/other" };
    expect(said(environmentHolds(running, terms({ merged: [elsewhere] })))).toEqual([]);
  });

  it("waits while the merged one is taken back", async () => {
    const running = await three({ wanted: null }, {}, { wanted: null });
    const undone = merge("shop-dev", 9 * DAY, { undoneBy: "acme/shop#14" });
    expect(said(environmentHolds(running, terms({ merged: [undone] })))).toEqual([
      expect.stringContaining("was changed by acme/shop#12, which acme/shop#14 takes back"),
    ]);
  });

  it("waits while the one before it is not well since the merge", async () => {
    const day = (ago: number, more: object) => ({
      day: NOW / DAY - ago,
      oomKills: 0,
      throttledPeriods: 0,
      periods: 1000,
      ...more,
    });
    const withEvents = async (...events: ReturnType<typeof day>[]) =>
      said(
        environmentHolds(
          await three({ wanted: null, events }, {}, { wanted: null }),
          terms({ merged: [merge("shop-dev", 4 * DAY)] }),
        ),
      );
    expect(await withEvents(day(2, { oomKills: 2 }))).toEqual([
      expect.stringContaining(
        "is not well since acme/shop#12 was merged: it was killed for lack of memory 2 times since",
      ),
    ]);
    expect(await withEvents(day(7, { oomKills: 2 }))).toEqual([]);
    expect(await withEvents(day(7, { throttledPeriods: 10 }), day(1, { throttledPeriods: 200 }))).toEqual([
      expect.stringContaining("throttles it in 20 % of the periods since, and 1 % before"),
    ]);
    expect(await withEvents(day(7, { throttledPeriods: 180 }), day(1, { throttledPeriods: 200 }))).toEqual(
      [],
    );
  });

  const DEV = "prod Deployment/shop-dev/api";
  const stateOf = (target: TargetState, more: Partial<FollowState> = {}): FollowState => ({
    ...begin({ commit: "a".repeat(40), mergedMs: NOW - 9 * DAY, targets: [] }),
    targets: { [DEV]: target },
    ...more,
  });
  const afterMerge = async (change: Partial<MergedChange>) => {
    const running = await three({ wanted: null }, {}, { wanted: null });
    return said(environmentHolds(running, terms({ merged: [merge("shop-dev", 9 * DAY, change)] })));
  };
  const seen = { syncedMs: NOW, arrivedMs: NOW };
  const waits = (code: string, message: string) => ({ ...seen, waits: { code, message } });

  it.each<readonly [string, TargetState, Partial<FollowState>]>([
    ["it is not synced yet", {}, {}],
    ["Application argocd/api is degraded", waits("degraded", "Application argocd/api is degraded"), {}],
    ["other amounts run than those that were merged", { syncedMs: NOW }, {}],
    ["not all its pods are seen to be replaced and ready yet", seen, {}],
    ["other workloads of that pull request are not there yet", { ...seen, healthyMs: NOW }, {}],
    ["it is watched until 2026-11-21 00:00 UTC", { ...seen, healthyMs: NOW }, { watchUntilMs: NOW + DAY }],
    [
      "it is watched until 2026-11-21 00:00 UTC",
      waits("unseen", "nothing tells whether all pods are replaced and ready"),
      { watchUntilMs: NOW + DAY },
    ],
  ])("waits while its merge is followed, and says for what: %s", async (why, target, more) => {
    expect(await afterMerge({ isFollowed: true, state: stateOf(target, more) })).toEqual([
      expect.stringContaining(
        `where Deployment/shop-dev/api app in cluster prod was changed by acme/shop#12: ${why}`,
      ),
    ]);
  });

  it("waits where its merge is followed by others, and not where other amounts have come since", async () => {
    expect(await afterMerge({ isFollowed: true })).toEqual([
      expect.stringContaining("was changed by acme/shop#12: it is still followed"),
    ]);
    expect(await afterMerge({ isFollowed: true, state: stateOf({ left: "replaced" }) })).toEqual([]);
  });

  it("goes by usage alone where nobody follows its merge, as where its label was taken off", async () => {
    const marker = { version: 1 as const, fingerprint: "f", workloads: [`${DEV} app`] };
    const change = { number: 12, branch: "loadline/dev", mergedMs: NOW - 9 * DAY, marker };
    const listed = { ...change, title: "", body: "", author: "loadline[bot]", open: false };
    const running = await three({ wanted: null }, {}, { wanted: null });
    const holds = (following: readonly (typeof listed)[]) => {
      const merged = mergedChanges("acme/shop", { closed: [change], merged: following }, [], []);
      return said(environmentHolds(running, terms({ merged })));
    };
    expect(holds([])).toEqual([]);
    expect(holds([listed])).toEqual([expect.stringContaining("acme/shop#12: it is still followed")]);
  });

  it("goes by how following ended, until somebody says that the cause was another one", async () => {
    const ended = async (came: Came, more: Partial<MergedChange> = {}) =>
      (await afterMerge({ came, ...more })).map((text) => text.replace(/^.* merged: /, ""));
    expect(await ended({ verdict: "worse" })).toEqual(["things got worse"]);
    expect(await ended({ verdict: "worse" }, { isForgiven: true })).toEqual([]);
    expect(await ended({ verdict: "not-synced" })).toEqual(["it never came into the cluster"]);
    expect(await ended({ verdict: "well", late: "not all pods are replaced and ready" })).toEqual([
      "not all pods are replaced and ready",
    ]);
    expect(await ended({ verdict: "well" })).toEqual([]);
  });

  it("has to stay well from the time when it was well, not from its merge", async () => {
    const well = async (ms: number) =>
      await afterMerge({ came: { verdict: "well", healthyAt: new Date(NOW - ms).toISOString() } });
    expect(await well(DAY - 60_000)).toEqual([
      expect.stringContaining("to stay well until 2026-11-20 00:01"),
    ]);
    expect(await well(DAY)).toEqual([]);
  });

  it("waits for nothing where it is raised without delay, or has nothing before it", async () => {
    expect(said(environmentHolds(await three({}, { wanted: null }, { urgent: true }), terms()))).toEqual([]);
    expect(said(environmentHolds(await located(FILES, {}), terms()))).toEqual([]);
    expect(said(environmentHolds(await located(FILES, { namespace: "other" }, {}), terms()))).toEqual([]);
  });

  it("waits where an environment before it could not be read", async () => {
    const byCluster = environments("[{ name: dev, clusters: [dev] }, { name: prod, clusters: [prod] }]");
    const holds = environmentHolds(
      await located(FILES, {}),
      terms({ environments: byCluster, unread: ["dev"] }),
    );
    expect(said(holds)).toEqual([expect.stringContaining("cluster dev, of an environment that comes first")]);
    const other = environmentHolds(
      await located(FILES, {}),
      terms({ environments: byCluster, unread: ["staging"] }),
    );
    expect(said(other)).toEqual([]);
  });
});

describe("a line that feeds several environments", () => {
  const byCluster = environments(
    "[{ name: dev, clusters: [dev] }, { name: staging, clusters: [staging] }, { name: prod, clusters: [prod] }]",
  );
  const one = { "api.yaml": deployment("api", CONTAINER, "shop") };
  const at = (cluster: string): Running => ({ cluster, namespace: "shop" });

  it("is refused where they are all that there is, with its place", async () => {
    const holds = environmentHolds(
      await located(one, at("dev"), at("prod")),
      terms({ environments: byCluster }),
    );
    expect([...holds.values()]).toEqual(
      ["dev", "prod"].map(() => ({
        code: "feeds-environments",
        message: expect.stringContaining("this line counts for dev and prod at once"),
        file: "api.yaml",
        line: 11,
      })),
    );
  });

  it("belongs to the last of them, and waits for one that it does not feed", async () => {
    const files = { ...one, "dev/api.yaml": deployment("api", CONTAINER, "shop-dev") };
    const running = await located(
      files,
      { cluster: "dev", namespace: "shop-dev" },
      at("staging"),
      at("prod"),
    );
    expect(said(environmentHolds(running, terms({ environments: byCluster })))).toEqual(
      ["staging", "prod"].map((cluster) =>
        expect.stringMatching(new RegExp(`^${cluster} shop waits-for-environment: prod comes after dev, `)),
      ),
    );
  });
});

it("never lets a change go before the same one of an earlier environment", async () => {
  const scanned = await located(
    FILES,
    ...NAMESPACES.flatMap((namespace) => ["api", "web"].map((name) => ({ namespace, name }))),
  );
  const situation = fc.record({
    wants: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    merged: fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }),
  });
  fc.assert(
    fc.property(situation, ({ wants, merged }) => {
      const running = scanned.map((one, index) => ({
        ...one,
        advice: { ...one.advice, recommended: wants[index] === true ? one.advice.recommended : null },
      }));
      const changes = running.flatMap(({ workload }, index) =>
        merged[index] === 0
          ? []
          : [
              merge(workload.namespace, (merged[index] ?? 0) * DAY, {
                containers: new Set([`prod Deployment/${workload.namespace}/${workload.name} app`]),
              }),
            ],
      );
      const holds = environmentHolds(running, terms({ merged: changes }));
      const free = running.filter((one) => one.advice.recommended && !holds.has(one));
      for (const one of free) {
        const stage = NAMESPACES.indexOf(one.workload.namespace);
        const before = running.find(
          ({ workload }) =>
            workload.name === one.workload.name && workload.namespace === NAMESPACES[stage - 1],
        );
        if (!before) continue;
        expect(before.advice.recommended).toBeNull();
        const ago = merged[running.indexOf(before)] ?? 0;
        if (ago > 0) expect(ago).toBeGreaterThanOrEqual(stage === 1 ? 1 : 3);
      }
      for (const [one] of holds) expect(one.workload.namespace).not.toBe("shop-dev");
    }),
  );
});
