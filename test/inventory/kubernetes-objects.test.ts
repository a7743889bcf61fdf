import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isQuantity } from "../../src/domain/quantity.ts";
import { RESOURCE_FIELDS, amountOf } from "../../src/domain/resources.ts";
import { type Workload, WORKLOAD_KINDS, workloadKey } from "../../src/domain/workload.ts";
import { assemble } from "../../src/inventory/kubernetes-assembly.ts";
import { readAutoscaler } from "../../src/inventory/kubernetes-autoscaler.ts";
import { readNode, readQuota, readRanges } from "../../src/inventory/kubernetes-surroundings.ts";
import { readVerticalAutoscaler } from "../../src/inventory/kubernetes-vertical-autoscaler.ts";
import { readBudget } from "../../src/inventory/kubernetes-budget.ts";
import { readEvictedPod, readEvictionEvent } from "../../src/inventory/kubernetes-evictions.ts";
import { readWorkload } from "../../src/inventory/kubernetes-workload.ts";
import { autoscalerObject, metric, objectOf } from "../support/kubernetes-objects.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}[a-z0-9]$/);
const quantity = fc
  .tuple(fc.nat({ max: 9999 }), fc.constantFrom("", "m", "Mi", "Gi", "M", "k", ".5"))
  .map(([number, unit]) => `${number}${unit}`);
const amounts = fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] });
const containers = fc.uniqueArray(
  fc.record({
    name,
    role: fc.constantFrom("main" as const, "init" as const, "sidecar" as const),
    image: fc.string({ maxLength: 20 }),
    resources: fc.record({ requests: amounts, limits: amounts }),
  }),
  { selector: (each) => each.name, maxLength: 5 },
);
/** Keys begin with a letter or a digit, as Kubernetes wants it. */
const key = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,19}$/);
const texts = fc.dictionary(key, fc.string({ maxLength: 40 }), { maxKeys: 5 });
const workloads: fc.Arbitrary<Workload> = fc
  .record({
    kind: fc.constantFrom(...WORKLOAD_KINDS),
    namespace: name,
    name,
    labels: texts,
    annotations: texts,
    containers,
    autoscalers: fc.constant([]),
    replicas: fc.nat(),
  })
  .map(({ replicas, ...rest }) => (rest.kind.endsWith("Job") ? rest : { ...rest, replicas }));

/** An object in which anything at all may stand where the API has something certain. */
const hostile = fc.record(
  {
    metadata: fc.record(
      {
        name: fc.oneof(name, fc.string()),
        namespace: name,
        labels: fc.jsonValue(),
        annotations: fc.jsonValue(),
        ownerReferences: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    spec: fc.oneof(
      fc.jsonValue(),
      fc.record({
        replicas: fc.jsonValue(),
        workloadRef: fc.jsonValue(),
        template: fc.oneof(
          fc.jsonValue(),
          fc.record({
            spec: fc.record({
              containers: fc.oneof(
                fc.jsonValue(),
                fc.array(
                  fc.record({
                    name,
                    command: fc.jsonValue(),
                    env: fc.oneof(
                      fc.jsonValue(),
                      fc.array(
                        fc.record({
                          name: fc.constant("GOMEMLIMIT"),
                          valueFrom: fc.oneof(
                            fc.jsonValue(),
                            fc.record({
                              resourceFieldRef: fc.record({
                                resource: fc.constant("limits.memory"),
                                divisor: fc.jsonValue(),
                              }),
                            }),
                          ),
                        }),
                      ),
                    ),
                    resources: fc.oneof(
                      fc.jsonValue(),
                      fc.record({
                        requests: fc.jsonValue(),
                        limits: fc.dictionary(fc.constantFrom("cpu", "memory"), fc.jsonValue()),
                      }),
                    ),
                  }),
                ),
              ),
              initContainers: fc.jsonValue(),
            }),
          }),
        ),
      }),
    ),
    status: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

describe("reading one object", () => {
  test("gives back the workload that the object was made from", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        const notes: string[] = [];
        const read = readWorkload(workload.kind, throughJson(objectOf(workload)), (text) => notes.push(text));
        const byRole = [
          ...workload.containers.filter(({ role }) => role === "main"),
          ...workload.containers.filter(({ role }) => role !== "main"),
        ];
        expect(read).toEqual({ workload: { ...workload, containers: byRole }, owned: false, podLabels: {} });
        expect(notes).toEqual([]);
      }),
    );
  });

  test("whatever it holds, never throws, and lets in only names and quantities that Kubernetes would", () => {
    fc.assert(
      fc.property(fc.constantFrom(...WORKLOAD_KINDS), fc.oneof(hostile, fc.jsonValue()), (kind, item) => {
        const read = readWorkload(kind, throughJson(item), () => undefined)?.workload;
        readAutoscaler(item);
        readBudget(item);
        readEvictedPod(item);
        readEvictionEvent(item);
        readVerticalAutoscaler(item);
        readNode(item, () => undefined);
        readRanges(item, () => undefined);
        readQuota(item, () => undefined);
        if (read === undefined) return;
        expect(read.name).toMatch(/^[a-z0-9.-]+$/);
        expect(
          Object.values({ ...read.labels, ...read.annotations }).every((each) => typeof each === "string"),
        ).toBe(true);
        for (const container of read.containers)
          for (const field of RESOURCE_FIELDS)
            expect(isQuantity(amountOf(container.resources, field) ?? "0")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("finds the heap in command, arguments and environment, and where that follows the limit", () => {
    const limitOf = (more: object) => ({ resourceFieldRef: { resource: "limits.memory", ...more } });
    const heap = (container: object) => {
      const spec = { template: { spec: { containers: [{ name: "app", ...container }] } } };
      const item = { metadata: { name: "a", namespace: "b" }, spec };
      return readWorkload("Deployment", item, () => undefined)?.workload.containers[0]?.heap;
    };
    expect(heap({ command: ["java"], args: ["-Xmx1g"], env: [{ name: "JAVA_OPTS", value: "" }] })).toEqual([
      { flag: "-Xmx", bytes: 2 ** 30 },
    ]);
    const env = (valueFrom: object) => [{ name: "GOMEMLIMIT", valueFrom }];
    // The API server fills in `divisor: "0"`, which is one.
    for (const more of [{}, { divisor: "0" }, { divisor: "1", containerName: "app" }])
      expect(heap({ env: env(limitOf(more)) })).toEqual([{ flag: "GOMEMLIMIT", shareOfLimit: 1 }]);
    expect(heap({ env: env(limitOf({ containerName: "other" })) })).toBeUndefined();
    expect(heap({ env: env({ resourceFieldRef: { resource: "limits.cpu" } }) })).toBeUndefined();
    expect(heap({ env: env({ configMapKeyRef: { name: "a", key: "b" } }) })).toBeUndefined();
  });

  test("tells what the pod asks for itself", () => {
    const containers = [{ name: "app" }];
    const read = (resources: unknown) => {
      const item = {
        metadata: { name: "a", namespace: "b" },
        spec: { template: { spec: { containers, resources } } },
      };
      return readWorkload("Deployment", item, () => undefined)?.workload.setByPod;
    };
    expect(read({ requests: { cpu: "1" }, limits: { "hugepages-2Mi": "4Mi" } })).toEqual(["cpu"]);
    expect(read({ limits: { memory: "1Gi" } })).toEqual(["memory"]);
    expect([read(undefined), read({}), read("much")]).toEqual([undefined, undefined, undefined]);
  });

  test("a quantity that a custom resource holds as a number is its text", () => {
    const spec = {
      template: { spec: { containers: [{ name: "app", resources: { requests: { cpu: 2 } } }] } },
    };
    const read = readWorkload("Rollout", { metadata: { name: "a", namespace: "b" }, spec }, () => undefined);
    expect(read?.workload.containers[0]?.resources.requests).toEqual({ cpu: "2" });
  });

  test("the manifest that kubectl leaves in an annotation is not kept, nor more text than the API allows", () => {
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
      fits: "x",
      huge: "x".repeat(300_000),
    };
    const read = readWorkload(
      "Job",
      { metadata: { name: "a", namespace: "b", annotations }, spec: {} },
      () => undefined,
    );
    expect(read?.workload.annotations).toEqual({ fits: "x" });
  });
});

test("a label that no object may have and that JavaScript gives a meaning is left out", () => {
  const item: unknown = JSON.parse(
    '{"metadata": {"name": "a", "namespace": "b", "labels": {"__proto__": "x", "app": "a"}}, "spec": {}}',
  );
  const labels = readWorkload("Job", item, () => undefined)?.workload.labels ?? {};
  expect(Object.entries(labels)).toEqual([["app", "a"]]);
  expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
});

describe("reading an autoscaler", () => {
  const target = { kind: "Deployment", namespace: "shop", name: "api" } as const;

  test("every resource metric is found once, whatever the order", () => {
    const metrics = fc.array(
      fc.record({
        resource: fc.constantFrom("cpu" as const, "memory" as const),
        of: fc.option(name, { nil: undefined }),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(metrics, (wanted) => {
        const object = autoscalerObject(target, {
          metrics: wanted.map(({ resource, of }) => metric(resource, of)),
        });
        const read = readAutoscaler(throughJson(object));
        const found = read?.autoscalers.flatMap(({ resources, container }) =>
          resources.map((resource) => `${resource} ${container}`),
        );
        expect(found?.toSorted()).toEqual(
          [...new Set(wanted.map(({ resource, of }) => `${resource} ${of}`))].toSorted(),
        );
      }),
    );
  });

  test("one that scales something else, or by something else, is none of ours", () => {
    const scaleTargetRef = { apiVersion: "batch.volcano.sh/v1alpha1", kind: "Job", name: "a" };
    expect(
      readAutoscaler(autoscalerObject(target, { scaleTargetRef, metrics: [metric("cpu")] })),
    ).toBeUndefined();
    expect(readAutoscaler(autoscalerObject(target, { metrics: [{ type: "External" }] }))).toBeUndefined();
  });

  test("whose target is an amount does not mind what is requested", () => {
    const target80 = { type: "Utilization", averageUtilization: 80 };
    const absolute = { type: "AverageValue", averageValue: "400Mi" };
    const metrics = [
      { type: "Resource", resource: { name: "cpu", target: target80 } },
      { type: "Resource", resource: { name: "memory", target: absolute } },
      {
        type: "ContainerResource",
        containerResource: { name: "memory", container: "app", target: absolute },
      },
    ];
    expect(readAutoscaler(autoscalerObject(target, { metrics }))?.autoscalers).toEqual([
      { name: "api-hpa", resources: ["cpu"] },
    ]);
    const old = [{ type: "Resource", resource: { name: "memory", targetAverageValue: "400Mi" } }];
    const annotations = { "autoscaling.alpha.kubernetes.io/metrics": JSON.stringify(old) };
    expect(readAutoscaler(autoscalerObject(target, {}, annotations))).toBeUndefined();
  });

  test("of v1 scales by CPU unless its annotation says it does by something else", () => {
    const key = "autoscaling.alpha.kubernetes.io/metrics";
    const resources = (annotations: Record<string, string>) =>
      readAutoscaler(autoscalerObject(target, {}, annotations))?.autoscalers.flatMap(
        (each) => each.resources,
      );
    expect(resources({})).toEqual(["cpu"]);
    expect(resources({ [key]: "no JSON" })).toEqual(["cpu"]);
    expect(resources({ [key]: JSON.stringify([metric("memory")]) })).toEqual(["memory"]);
  });
});

test("seen together, every workload is listed once and in order, whatever the order it came in", () => {
  fc.assert(
    fc.property(fc.array(workloads, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (found, shuffle) => {
      const objects = found.flatMap(
        (workload) => readWorkload(workload.kind, objectOf(workload), () => undefined) ?? [],
      );
      const shuffled = objects
        .map((object) => ({ object, place: shuffle.next().value }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ object }) => object);
      const list = (each: typeof objects) =>
        assemble({
          objects: each,
          autoscalers: [],
          autoscalersUnknownIn: [],
          verticalAutoscalers: [],
          budgets: [],
          evicted: [],
          templates: new Map(),
        }).map(workloadKey);
      expect(list(shuffled)).toEqual(list(objects));
      expect(list(objects).toSorted()).toEqual([...new Set(found.map(workloadKey))].toSorted());
    }),
  );
});

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
