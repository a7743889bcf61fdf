import type { ResourceName } from "../domain/resources.ts";

/** No container uses more: what does is in another unit. */
const MOST: Readonly<Record<ResourceName, number>> = { cpu: 1024, memory: 2 ** 46 };

const UNIT: Readonly<Record<ResourceName, string>> = {
  cpu: "is no number of cores (are these millicores or nanocores?)",
  memory: "is no number of bytes",
};

/** What is wrong with a gauge's value, in cores or bytes; `undefined` where it may be true. */
export function implausible(resource: ResourceName, value: number): string | undefined {
  return value >= 0 && value <= MOST[resource] ? undefined : UNIT[resource];
}
