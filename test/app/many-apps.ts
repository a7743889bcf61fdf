import { generateUsage, type GeneratedUsage, type GeneratedWorkload } from "../support/usage-generator.ts";
import type { Files } from "../support/github/repository-handle.ts";

/** Applications of one Deployment each, which ask for five times of what they use. */
export interface ManyApps {
  readonly files: Files;
  readonly workloads: readonly GeneratedWorkload[];
}

/** `prefix` tells them from those of other repositories. */
export function manyApps(prefix: string, count: number): ManyApps {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, "0")}`);
  return {
    files: Object.fromEntries(names.map((name) => [`apps/${name}/deployment.yaml`, deployment(name)])),
    workloads: names.map((name) => ({
      kind: "Deployment",
      namespace: "shop",
      name,
      containers: [
        {
          name: "app",
          resources: { requests: { cpu: "1", memory: "1Gi" }, limits: {} },
          cpu: { shape: "steady", low: 0.2, high: 0.2 },
          memory: { shape: "steady", low: 200 * 2 ** 20, high: 200 * 2 ** 20 },
        },
      ],
    })),
  };
}

/** Two days of it, or so many hours. */
export function usageOfApps(apps: readonly ManyApps[], endMs: number, hours = 48): GeneratedUsage {
  return generateUsage(
    apps.flatMap(({ workloads }) => workloads),
    { seed: 3, window: { startMs: endMs - hours * 3_600_000, endMs }, scrapeSeconds: 600 },
  );
}

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: app
          image: registry.example/${name}:1.0.0
          resources:
            requests:
              cpu: "1"
              memory: 1Gi
`;
}
