import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/domain/delivery.ts";
import type { ResourceField } from "../../../src/domain/resources.ts";
import type { FieldWriter } from "../../../src/domain/workload.ts";
import type { MergeEffect } from "../../../src/gitops/live/merge-effect.ts";
import { mergeEffects } from "../../../src/gitops/live/merge-effects.ts";
import { readApplication } from "../../../src/inventory/deliveries/application.ts";
import { readKustomization } from "../../../src/inventory/deliveries/flux.ts";
import { applicationObject, kustomizationObject } from "../../support/delivery-objects.ts";

interface Case {
  readonly spec?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Annotations of the Application. */
  readonly delivered?: Readonly<Record<string, string>>;
  readonly writers?: readonly FieldWriter[];
  readonly differing?: readonly ResourceField[];
  readonly windows?: Partial<Pick<Delivery, "deniedBy" | "syncTurn">>;
  readonly flux?: true;
}

function effects({
  spec = {},
  annotations = {},
  delivered = {},
  writers = [],
  differing = [],
  windows = {},
  flux,
}: Case): MergeEffect[] {
  const delivery = flux
    ? readKustomization(kustomizationObject("shop", { spec }), new Map())
    : readApplication(applicationObject("shop", { spec, metadata: { annotations: delivered } }));
  if (!delivery) throw new Error("malformed");
  const workload = { kind: "Deployment", namespace: "shop", name: "api", labels: {}, annotations } as const;
  const resources = { requests: {}, limits: {} };
  return mergeEffects(
    { ...delivery, ...windows },
    workload,
    { name: "app", role: "main", resources, writers },
    differing,
  );
}

const cpuBy = (manager: string): FieldWriter => ({
  manager,
  operation: "Update",
  fields: ["requests.cpu"],
  atMs: Date.parse("2026-11-03T09:12:00Z"),
});
const ignoring = (rule: object, ...syncOptions: readonly string[]): Case => ({
  spec: {
    ignoreDifferences: [{ group: "apps", kind: "Deployment", ...rule }],
    syncPolicy: { automated: {}, syncOptions },
  },
});
const DENIED = {
  kind: "deny",
  schedule: "0 22 * * *",
  durationSeconds: 28_800,
  timeZone: "Europe/Berlin",
  manualSync: false,
} as const;
const MORNING = { atMs: Date.parse("2026-11-23T05:00:00Z"), timeZone: "Europe/Berlin" };
const BY_HAND = { syncPolicy: {} };
const RESOURCES = { jqPathExpressions: [".spec.template.spec.containers[].resources"] };
const RESPECT = "RespectIgnoreDifferences=true";

describe("what merging would do", () => {
  it("is nothing to speak of where the tool writes by itself, and alone", () => {
    expect(effects({ writers: [cpuBy("argocd-controller")], differing: ["requests.cpu"] })).toEqual([]);
  });

  it("undoes what a person wrote, named with the time", () => {
    expect(effects({ writers: [cpuBy("kubectl-edit")], differing: ["requests.cpu"] })).toEqual([
      {
        code: "undoes",
        message: "kubectl-edit wrote requests.cpu on 2026-11-03T09:12:00.000Z: syncing a merge undoes that",
        fields: ["requests.cpu"],
        pointless: false,
        writer: { manager: "kubectl-edit", atMs: Date.parse("2026-11-03T09:12:00Z") },
      },
    ]);
  });

  it("is written over again by a program that the tool does not know of", () => {
    expect(effects({ writers: [cpuBy("redis-operator")], differing: ["requests.cpu"] })).toMatchObject([
      { code: "written-again", pointless: true, fields: ["requests.cpu"] },
    ]);
  });

  it("is nothing where another wrote first what is declared, or both own the number", () => {
    expect(effects({ writers: [cpuBy("kubectl-client-side-apply")] })).toEqual([]);
    const both = [cpuBy("operator"), cpuBy("argocd-controller")];
    expect(effects({ writers: both, differing: ["requests.cpu"] })).toEqual([]);
  });

  it.each<[string, Case, string, boolean]>([
    ["ignored differences that a sync keeps", ignoring(RESOURCES, RESPECT), "kept-by-sync", true],
    ["ignored differences", ignoring(RESOURCES), "not-noticed", false],
    [
      "ignored differences of the whole template",
      ignoring({ jsonPointers: ["/spec/template/spec"] }),
      "not-noticed",
      false,
    ],
    ["a manual sync", { spec: { syncPolicy: {} } }, "manual-sync", false],
    ["a suspended Kustomization", { flux: true, spec: { suspend: true } }, "suspended", false],
    [
      "an object that Flux leaves alone",
      { flux: true, annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } },
      "not-reconciled",
      true,
    ],
    [
      "an Application that is left alone",
      { delivered: { "argocd.argoproj.io/skip-reconcile": "true" } },
      "suspended",
      false,
    ],
    ["a window", { windows: { deniedBy: [DENIED], syncTurn: MORNING } }, "sync-window", false],
    [
      "a window that never ends",
      { windows: { deniedBy: [DENIED], syncTurn: { never: true } } },
      "sync-window",
      true,
    ],
  ])("%s", (_what, given, code, pointless) => {
    expect(effects(given)).toMatchObject([{ code, pointless }]);
  });

  it.each<[string, Case]>([
    ["of another object", ignoring({ name: "web", ...RESOURCES }, RESPECT)],
    ["of replicas", ignoring({ jsonPointers: ["/spec/replicas"] }, RESPECT)],
    ["of images", ignoring({ jqPathExpressions: [".spec.template.spec.containers[].image"] }, RESPECT)],
    ["of a manager that wrote no numbers", ignoring({ managedFieldsManagers: ["vpa-updater"] }, RESPECT)],
  ])("ignored differences %s do not matter", (_what, given) => {
    expect(effects(given)).toEqual([]);
  });

  it.each<[string, Case, string[]]>([
    [
      "denied for now",
      { windows: { deniedBy: [DENIED], syncTurn: MORNING } },
      [
        'Application/argocd/shop syncs in windows, and it is denied from "0 22 * * *" (Europe/Berlin) for 8h: a merge takes effect when they let it',
      ],
    ],
    [
      "allowed for now",
      { windows: { deniedBy: [], syncTurn: MORNING } },
      ["Application/argocd/shop syncs in windows: a merge takes effect when they let it"],
    ],
    [
      "denied for ever, but not to people",
      { windows: { deniedBy: [{ ...DENIED, manualSync: true }], syncTurn: { never: true } } },
      [expect.stringMatching(/a merge takes effect when somebody syncs by hand$/)],
    ],
    [
      "denied for nobody knows how long",
      { windows: { deniedBy: [DENIED] } },
      [expect.stringMatching(/a merge takes effect when they let it$/)],
    ],
    [
      "synced by hand, which the window denies, too",
      { spec: BY_HAND, windows: { deniedBy: [DENIED], syncTurn: MORNING } },
      [expect.stringMatching(/by hand/), expect.stringMatching(/when they let it$/)],
    ],
    [
      "synced by hand, and free of windows",
      { spec: BY_HAND, windows: { deniedBy: [{ ...DENIED, manualSync: true }], syncTurn: MORNING } },
      [expect.stringMatching(/by hand/)],
    ],
    [
      "allowed, and synced by hand",
      { spec: BY_HAND, windows: { syncTurn: MORNING } },
      [expect.stringMatching(/by hand/)],
    ],
    ["allowed for ever", { windows: { syncTurn: { never: true } } }, []],
    ["without self-heal", { spec: { syncPolicy: { automated: { selfHeal: false } } } }, []],
  ])("when it takes effect: %s", (_what, given, messages) => {
    expect(effects(given).map(({ message }) => message)).toEqual(messages);
  });

  it("of ignored limits only these matter", () => {
    const limits = { jqPathExpressions: [".spec.template.spec.containers[].resources.limits.cpu"] };
    expect(effects(ignoring(limits, RESPECT))).toMatchObject([{ fields: ["limits.cpu"] }]);
    const requests = { jsonPointers: ["/spec/template/spec/containers/0/resources/requests"] };
    expect(effects(ignoring(requests, RESPECT))).toMatchObject([
      { fields: ["requests.cpu", "requests.memory"] },
    ]);
  });

  it("ignored differences of a manager matter for the numbers that it wrote", () => {
    const given = {
      ...ignoring({ managedFieldsManagers: ["vpa-updater"] }, RESPECT),
      writers: [cpuBy("vpa-updater")],
    };
    expect(effects(given)).toMatchObject([{ code: "kept-by-sync", fields: ["requests.cpu"] }]);
  });
});
