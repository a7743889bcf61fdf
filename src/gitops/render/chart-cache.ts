import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Reason } from "../../domain/reason.ts";
import type { ChartSource } from "./chart-dependencies.ts";
import { type RunLimits, runIsolated } from "./isolation.ts";
import { cleanMessage, shownName, withoutUser } from "./message.ts";
import type { Program } from "./program.ts";
import { explainRun } from "./run-failure.ts";

export interface PulledChart {
  /** Absolute: the archive, named by its digest. */
  readonly path: string;
  /** `sha256:…` of the archive. */
  readonly digest: string;
}

const VERSION = /^v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;
const HTTP_REPOSITORY = /^https?:\/\/[\w.:[\]-]+(?:\/[\w.~%/+-]*)?$/;
const OCI_CHART = /^oci:\/\/[\w.:[\]-]+(?:\/[\w.-]+)+$/;
const NAME = /^[\w.-]*\w[\w.-]*$/;
const LOOPBACK = /^\w+:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/;

const referenceSchema = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });

/**
 * A chart of exactly this version: out of the cache, where archives lie under their digest, else by
 * `helm pull`. Without `network` what is not in the cache is refused as `offline`.
 */
export async function pullChart(
  helm: Program,
  source: ChartSource,
  { cache, network, limits = {} }: { cache: string; network: boolean; limits?: Partial<RunLimits> },
): Promise<PulledChart | { refused: Reason }> {
  const wrong = wrongSource(source);
  if (wrong) return { refused: wrong };
  const reference = path.join(cache, "references", `${sha256(canonical(source))}.json`);
  const known = await readKnown(cache, reference);
  if (known) return known;
  if (!network)
    return refused("offline", `${shown(source)} is not in the cache, and the network is not to be used`);
  await mkdir(path.join(cache, "references"), { recursive: true });
  const scratch = await mkdtemp(path.join(cache, "incoming-"));
  try {
    const result = await runIsolated(helm.path, pullArguments(source, scratch), { ...limits, network: true });
    if (result.status === "failed")
      return refused(
        "pull-failed",
        `${shown(source)}: ${cleanMessage(result.stderr, new Map([[scratch, ""]]))}`,
      );
    if (result.status !== "done") return { refused: explainRun("helm", result.status, limits) };
    const archive = (await readdir(scratch)).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) return refused("pull-failed", `${shown(source)}: helm pulled no archive`);
    const pulled = path.join(scratch, archive);
    const digest = `sha256:${sha256(await readFile(pulled))}`;
    const file = archivePath(cache, digest);
    await mkdir(path.dirname(file), { recursive: true });
    await rename(pulled, file);
    // Written whole or not at all, for others may read at the same time.
    const written = `${reference}.${randomUUID()}`;
    await writeFile(written, JSON.stringify({ ...source, digest }));
    await rename(written, reference);
    return { path: file, digest };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** `undefined` where it was never pulled, or where what lies there is not what was pulled. */
async function readKnown(cache: string, reference: string): Promise<PulledChart | undefined> {
  const text = await readFile(reference, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { data } = referenceSchema.safeParse(parseJson(text));
  if (data === undefined) return undefined;
  const file = archivePath(cache, data.digest);
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined || `sha256:${sha256(bytes)}` !== data.digest) return undefined;
  return { path: file, digest: data.digest };
}

function pullArguments(source: ChartSource, scratch: string): string[] {
  const address = "oci" in source ? source.oci : source.repoUrl;
  return [
    "pull",
    `--destination=${scratch}`,
    `--version=${source.version}`,
    ...("oci" in source ? [] : [`--repo=${source.repoUrl}`]),
    // A registry on this machine has no certificate.
    ...("oci" in source && LOOPBACK.test(address) ? ["--plain-http"] : []),
    "--",
    "oci" in source ? source.oci : source.name,
  ];
}

function wrongSource(source: ChartSource): Reason | undefined {
  const right =
    "oci" in source
      ? OCI_CHART.test(source.oci)
      : HTTP_REPOSITORY.test(source.repoUrl) && NAME.test(source.name);
  if (!right) return { code: "pull-failed", message: `${shown(source)} is no address of a chart` };
  if (!VERSION.test(source.version))
    return { code: "version-range", message: `${shown(source)}: only an exact version can be fetched` };
  return undefined;
}

function archivePath(cache: string, digest: string): string {
  return path.join(cache, "archives", `${digest.replace("sha256:", "")}.tgz`);
}

function canonical(source: ChartSource): string {
  return JSON.stringify(
    "oci" in source
      ? [source.oci, source.version]
      : [source.repoUrl.replace(/\/+$/, ""), source.name, source.version],
  );
}

function shown(source: ChartSource): string {
  const what = "oci" in source ? source.oci : `${source.name} of ${source.repoUrl}`;
  return `${shownName(withoutUser(what))} ${shownName(source.version)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function refused(code: string, message: string): { refused: Reason } {
  return { refused: { code, message } };
}
