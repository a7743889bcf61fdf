/**
 * Builds a Kubernetes control plane and Argo CD for `npm run test:cluster`: `node scripts/install-cluster.ts`.
 * They come from Go modules whose versions and hashes stand in `test/cluster/go`. A build takes a quarter of an
 * hour on two cores, and is kept in `LOADLINE_CLUSTER_CACHE` (`~/.cache/loadline-cluster` where it is not set)
 * until modules, sources or the compiler change.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { z } from "zod";

/** A Go module of ours, and what is built from it. */
interface Part {
  readonly module: string;
  /** The dependency whose version counts. */
  readonly of: string;
  readonly packages: readonly string[];
  /** Variables that hold the version: programs that were not told it call themselves a development build. */
  readonly versions: (version: string) => Readonly<Record<string, string>>;
  /** Files of the dependency that its programs need. */
  readonly files?: readonly string[];
}

const PARTS: readonly Part[] = [
  {
    module: "kubernetes",
    of: "k8s.io/kubernetes",
    packages: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
      (program) => `k8s.io/kubernetes/cmd/${program}`,
    ),
    versions: (version) => {
      const [major = "", minor = ""] = version.replace(/^v/, "").split(".");
      const component = "k8s.io/component-base/version";
      return {
        [`${component}.gitVersion`]: version,
        [`${component}.gitMajor`]: major,
        [`${component}.gitMinor`]: minor,
      };
    },
  },
  {
    module: "kwok",
    of: "sigs.k8s.io/kwok",
    packages: ["sigs.k8s.io/kwok/cmd/kwok"],
    versions: (version) => ({ "sigs.k8s.io/kwok/pkg/consts.Version": version }),
  },
  {
    module: "kustomize",
    of: "sigs.k8s.io/kustomize/kustomize/v5",
    packages: ["sigs.k8s.io/kustomize/kustomize/v5"],
    versions: (version) => ({ "sigs.k8s.io/kustomize/api/provenance.version": version }),
  },
  {
    module: "argocd",
    of: "github.com/argoproj/argo-cd/v3",
    packages: ["."],
    versions: (version) => ({ "github.com/argoproj/argo-cd/v3/common.version": version.replace(/^v/, "") }),
    files: [
      ...["application", "applicationset", "appproject"].map((kind) => `manifests/crds/${kind}-crd.yaml`),
      "hack/git-verify-wrapper.sh",
    ],
  },
];

/** Folders, absolute, that programs and files of each module are in. */
export interface InstalledCluster {
  readonly kubernetes: string;
  readonly argocd: string;
  readonly kwok: string;
  readonly kustomize: string;
}

const MODULES = path.join(import.meta.dirname, "..", "test", "cluster", "go");

const CACHE =
  process.env["LOADLINE_CLUSTER_CACHE"] ??
  path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "loadline-cluster");

/** Rejects where Go is missing, or a module does not build. `say` is told what is done that takes long. */
export async function installCluster(say: (text: string) => void): Promise<InstalledCluster> {
  const go = await findGo();
  const folders: Record<string, string> = {};
  for (const part of PARTS) folders[part.module] = await install(part, go, say);
  const { kubernetes = "", argocd = "", kwok = "", kustomize = "" } = folders;
  return { kubernetes, argocd, kwok, kustomize };
}

/** On PATH, or where Go's own instructions put it. */
async function findGo(): Promise<{ program: string; version: string }> {
  for (const program of ["go", "/usr/local/go/bin/go"]) {
    const { stdout } = await execa(program, ["env", "GOVERSION"], { reject: false });
    if (stdout) return { program, version: stdout };
  }
  throw new Error("no Go on PATH, which builds the control plane: see https://go.dev/doc/install");
}

type Go = Awaited<ReturnType<typeof findGo>>;

async function install(part: Part, go: Go, say: (text: string) => void): Promise<string> {
  const sources = path.join(MODULES, part.module);
  const folder = path.join(CACHE, `${part.module}-${await hashOf(part, sources, go.version)}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const scratch = await mkdtemp(path.join(CACHE, "incoming-"));
  try {
    await build(part, sources, scratch, go.program, say);
    // Another process may have been faster; what it built is the same.
    await rename(scratch, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

/** By all that decides what comes out: modules, sources, compiler, and how this file builds them. */
async function hashOf({ module }: Part, sources: string, goVersion: string): Promise<string> {
  const hash = createHash("sha256").update(goVersion);
  const files = globSync(["go.mod", "go.sum", "*.go"], { cwd: sources }).toSorted();
  for (const file of [...files.map((name) => path.join(sources, name)), import.meta.filename])
    hash.update(`\0${module}\0`).update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

const Module = z.object({ Version: z.string(), Dir: z.string() });

async function build(
  part: Part,
  sources: string,
  folder: string,
  go: string,
  say: (text: string) => void,
): Promise<void> {
  const options = {
    cwd: sources,
    env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly", GOWORK: "off" },
  };
  const start = performance.now();
  say(`${part.module}: building, which is done once`);
  const downloaded = await execa(go, ["mod", "download", "-json", part.of], options);
  const dependency = Module.parse(JSON.parse(downloaded.stdout));
  const versions = Object.entries(part.versions(dependency.Version)).map(
    ([name, value]) => `${name}=${value}`,
  );
  const flags = ["-s", "-w", ...versions.flatMap((version) => ["-X", version])].join(" ");
  const subprocess = execa(
    go,
    ["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", `${folder}/`, ...part.packages],
    { ...options, stdout: "ignore" },
  );
  // With -v, each line is a package that was compiled.
  let packages = 0;
  const progress = setInterval(() => {
    say(`${part.module} ${dependency.Version}: ${packages} packages compiled, ${secondsSince(start)} s`);
  }, 30_000);
  try {
    for await (const _ of subprocess.iterable({ from: "stderr" })) packages++;
    await subprocess;
  } finally {
    clearInterval(progress);
  }
  for (const file of part.files ?? [])
    await copyFile(path.join(dependency.Dir, file), path.join(folder, path.basename(file)));
  const built = (await readdir(folder)).toSorted().join(", ");
  say(`${part.module} ${dependency.Version}: built ${built} in ${secondsSince(start)} s`);
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}

if (import.meta.main) {
  const installed = await installCluster((text) => console.log(text));
  for (const folder of Object.values(installed)) console.log(folder);
}
