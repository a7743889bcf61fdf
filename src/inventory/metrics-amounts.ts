import { cpuQuantity, exactMemoryQuantity } from "../domain/quantity.ts";
import type { Amounts } from "../domain/resources.ts";
import type { LastSample } from "../metrics/series-source.ts";

/**
 * CPU and memory of samples that say in a label `resource` what they are of, such as `cpu` or, with a prefix,
 * `requests.cpu`. kube-state-metrics writes cores in thousandths, bytes as they are.
 */
export function amountsOf(samples: readonly LastSample[] = [], prefix = ""): Amounts {
  const cores = valueOf(samples, `${prefix}cpu`);
  const bytes = valueOf(samples, `${prefix}memory`);
  return {
    ...(cores === undefined ? {} : { cpu: cpuQuantity(cores) }),
    ...(bytes === undefined ? {} : { memory: exactMemoryQuantity(bytes) }),
  };
}

/** A value that can be an amount. */
export function valueOf(samples: readonly LastSample[], resource: string): number | undefined {
  return samples.find(
    ({ labels, value }) => labels["resource"] === resource && Number.isFinite(value) && value >= 0,
  )?.value;
}
