import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type ControlPlane, programs, startControlPlane } from "./support/control-plane.ts";

describe.skipIf(programs === undefined)("the control plane of the tests", () => {
  const running = new AsyncDisposableStack();
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = running.use(await startControlPlane());
    await plane.createNamespace("shop");
  });
  afterAll(() => running.disposeAsync());

  interface Pod {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly phase: string;
      readonly containerStatuses: readonly { readonly resources: object }[];
    };
  }

  test("runs the pods of a Deployment", async () => {
    await plane.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: api
          image: registry.example/api:1
          resources: { requests: { cpu: 100m, memory: 64Mi } }
`);
    await plane.kubectl(["rollout", "status", "deployment/api", "--namespace=shop", "--timeout=60s"]);
    const pods = await plane.api.list<Pod>("/api/v1/namespaces/shop/pods");
    expect(pods.map(({ status }) => status.phase)).toEqual(["Running", "Running", "Running"]);
  });

  test("resizes a pod in place", async () => {
    const [pod] = await plane.api.list("/api/v1/namespaces/shop/pods");
    const path = `/api/v1/namespaces/shop/pods/${pod?.metadata.name}`;
    const resize = {
      spec: { containers: [{ name: "api", resources: { requests: { cpu: "150m", memory: "64Mi" } } }] },
    };
    await plane.kubectl([
      "patch",
      `pod/${pod?.metadata.name}`,
      "--namespace=shop",
      "--subresource=resize",
      `--patch=${JSON.stringify(resize)}`,
    ]);
    await vi.waitFor(async () => {
      const { status } = await plane.api.get<Pod>(path);
      expect(status.containerStatuses[0]?.resources).toEqual({ requests: { cpu: "150m", memory: "64Mi" } });
    }, 10_000);
  });

  test("finishes a Job", async () => {
    await plane.kubectl(["create", "job", "import", "--namespace=shop", "--image=registry.example/import:1"]);
    const wait = ["wait", "--for=condition=Complete", "job/import", "--namespace=shop", "--timeout=60s"];
    expect(await plane.kubectl(wait)).toContain("condition met");
  });

  test("knows a service account by its token", async () => {
    const { kubeconfig } = await plane.serviceAccount("shop", "reader");
    const can = await plane.kubectl(["auth", "whoami", "--output=json", `--kubeconfig=${kubeconfig}`]);
    expect(can).toContain("system:serviceaccount:shop:reader");
  });
});
