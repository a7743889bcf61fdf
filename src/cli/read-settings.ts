import { open } from "node:fs/promises";
import { z } from "zod";
import { InputError } from "../domain/input-error.ts";
import { isQuantity, nanos } from "../domain/quantity.ts";
import { type Amounts, RESOURCE_NAMES, type ResourceName } from "../domain/resources.ts";
import { WORKLOAD_KINDS } from "../domain/workload.ts";
import { parseWorkloadName, type WorkloadName } from "../gitops/ask/find-container.ts";
import type { LayerKind } from "../gitops/scan.ts";
import type { Setting } from "../gitops/ask/settings.ts";

/** Flags of `set` that speak of one container. */
export interface SettingFlags {
  readonly workload?: string;
  readonly container?: string;
  readonly requests?: string;
  readonly limits?: string;
  readonly source?: string;
  readonly layer?: LayerKind;
}

/** Layers that a change can be asked to go into. */
export const LAYERS = [
  "values",
  "inline-values",
  "parameter",
  "patch",
] as const satisfies readonly LayerKind[];

const MOST_BYTES = 16 * 2 ** 20;

const amount = z
  .union([z.string(), z.number().transform(String)], { error: "write a quantity such as 250m or 300Mi" })
  .refine(isQuantity, { error: ({ input }) => `${JSON.stringify(input)} is no Kubernetes quantity` });
const amounts = z.strictObject({ cpu: amount.optional(), memory: amount.optional() }).default({});
const setting = z
  .strictObject({
    workload: z.string().transform((text, context) => {
      const name = parseWorkloadName(text);
      if (!name) context.addIssue({ code: "custom", message: noWorkload(text) });
      return name ?? z.NEVER;
    }),
    container: z.string().min(1),
    source: z.string().optional(),
    layer: z.enum(LAYERS).optional(),
    requests: amounts,
    limits: amounts,
  })
  .superRefine(({ requests, limits }, context) => {
    const fault = faultOf(requests, limits);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  })
  .transform((parsed): Setting => {
    const { source, layer, ...rest } = parsed;
    return {
      ...rest,
      ...(source === undefined ? {} : { source }),
      ...(layer === undefined ? {} : { layer }),
    };
  });
const settings = z.array(setting, { error: "is no list of changes" });

/** Throws an `InputError` that names each flag that is wrong or missing. */
export function settingFromFlags(flags: SettingFlags): Setting {
  const { workload, container, source, layer } = flags;
  if (workload === undefined || container === undefined)
    throw new InputError("what is to be set? Give --workload and --container, or --from FILE");
  const name = workloadFrom("--workload", workload);
  const requests = amountsFrom("--requests", flags.requests);
  const limits = amountsFrom("--limits", flags.limits);
  const fault = faultOf(requests, limits);
  if (fault !== undefined) throw new InputError(`--requests, --limits: ${fault}`);
  return {
    workload: name,
    container,
    requests,
    limits,
    ...(source === undefined ? {} : { source }),
    ...(layer === undefined ? {} : { layer }),
  };
}

/** A list of changes as JSON, `-` for standard input; throws an `InputError` that names index and key. */
export async function settingsFromFile(file: string): Promise<Setting[]> {
  const text = await readBounded(file);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new InputError(`--from ${file}: is no JSON: ${error instanceof Error ? error.message : ""}`);
  }
  const parsed = settings.safeParse(data);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `--from ${file}: ${placed(path)}${message}`);
  throw new InputError(faults.join("\n"));
}

/** Throws an `InputError` that says how a workload is named. */
export function workloadFrom(flag: string, text: string): WorkloadName {
  const name = parseWorkloadName(text);
  if (!name) throw new InputError(`${flag} ${noWorkload(text)}`);
  return name;
}

function noWorkload(text: string): string {
  return `${text}: write Kind/namespace/name, such as Deployment/shop/api, or Deployment//api where the manifests name no namespace; kinds are ${WORKLOAD_KINDS.join(", ")}`;
}

/** `cpu=250m,memory=300Mi`. */
function amountsFrom(flag: string, text: string | undefined): Amounts {
  const found: Partial<Record<ResourceName, string>> = {};
  for (const pair of text?.split(",") ?? []) {
    const [key = "", value = ""] = pair.split("=", 2).map((part) => part.trim());
    const name = RESOURCE_NAMES.find((one) => one === key);
    if (name === undefined || value === "")
      throw new InputError(`${flag} ${pair}: write cpu=250m, memory=300Mi, or both with a comma between`);
    if (found[name] !== undefined) throw new InputError(`${flag}: ${name} stands there twice`);
    if (!isQuantity(value))
      throw new InputError(`${flag} ${pair}: ${JSON.stringify(value)} is no Kubernetes quantity`);
    found[name] = value;
  }
  return found;
}

function faultOf(requests: Amounts, limits: Amounts): string | undefined {
  if (![requests, limits].some((side) => RESOURCE_NAMES.some((name) => side[name] !== undefined)))
    return "no number is to be set; give requests, limits, or both";
  const above = RESOURCE_NAMES.find((name) => {
    const [request, limit] = [nanos(requests[name] ?? ""), nanos(limits[name] ?? "")];
    return request !== undefined && limit !== undefined && request > limit;
  });
  return above && `the ${above} request ${requests[above]} is above the limit ${limits[above]}`;
}

function placed(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return text === "" ? "" : `${text}: `;
}

async function readBounded(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = file === "-" ? process.stdin : (await opened(file)).createReadStream();
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BYTES) throw new InputError(`--from ${file}: is larger than ${MOST_BYTES / 2 ** 20} MiB`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function opened(file: string): ReturnType<typeof open> {
  try {
    const handle = await open(file);
    if (!(await handle.stat()).isDirectory()) return handle;
    await handle.close();
  } catch {
    throw new InputError(`--from ${file}: there is no such file, or it can't be read`);
  }
  throw new InputError(`--from ${file}: is a folder`);
}
