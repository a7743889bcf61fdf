/**
 * Builds a Kubernetes control plane, metrics-server, Argo CD and Flux for `npm run test:cluster`:
 * `node scripts/install-cluster.ts`. They come from Go modules whose versions and hashes stand in `test/cluster/go`.
 * A first build takes half an hour on two cores, and is kept in `LOADLINE_CLUSTER_CACHE`
 * (`~/.cache/loadline-cluster` where it is not set) until modules or sources change.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { execa, type ResultPromise } from "execa";

/** A Go module of ours, and what is built from it. */
interface Part {
  readonly module: string;
  /** The dependency whose version counts. */
  readonly of: string;
  readonly packages: readonly string[];
  /** Variables that hold the version: programs that were not told it call themselves a development build. */
  readonly versions: (version: string) => Readonly<Record<string, string>>;
  /** Files that its programs need, by the module that has them. */
  readonly files?: Readonly<Record<string, readonly string[]>>;
}

const PARTS: readonly Part[] = [
  {
    module: "kubernetes",
    of: "k8s.io/kubernetes",
    packages: [
      // etcd, in the version that this Kubernetes is tested with; the program's name is `server`.
      "go.etcd.io/etcd/server/v3",
      "k8s.io/kubernetes/cmd/kube-apiserver",
      "k8s.io/kubernetes/cmd/kube-controller-manager",
      "k8s.io/kubernetes/cmd/kube-scheduler",
    ],
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
    module: "metrics-server",
    of: "sigs.k8s.io/metrics-server",
    packages: ["sigs.k8s.io/metrics-server/cmd/metrics-server"],
    versions: (version) => ({ "k8s.io/client-go/pkg/version.gitVersion": version }),
    files: { "sigs.k8s.io/metrics-server": ["manifests/base/rbac.yaml", "manifests/base/apiservice.yaml"] },
  },
  {
    module: "argocd",
    of: "github.com/argoproj/argo-cd/v3",
    packages: ["."],
    versions: (version) => ({ "github.com/argoproj/argo-cd/v3/common.version": version.replace(/^v/, "") }),
    files: {
      "github.com/argoproj/argo-cd/v3": [
        ...["application", "applicationset", "appproject"].map((kind) => `manifests/crds/${kind}-crd.yaml`),
        "hack/git-verify-wrapper.sh",
      ],
    },
  },
  {
    module: "flux",
    of: "github.com/fluxcd/kustomize-controller",
    packages: ["source", "kustomize", "helm"].map((which) => `github.com/fluxcd/${which}-controller`),
    versions: () => ({}),
    files: {
      "github.com/fluxcd/source-controller": [
        "buckets",
        "externalartifacts",
        "gitrepositories",
        "helmcharts",
        "helmrepositories",
        "ocirepositories",
      ].map((plural) => `config/crd/bases/source.toolkit.fluxcd.io_${plural}.yaml`),
      "github.com/fluxcd/kustomize-controller": [
        "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
      ],
      "github.com/fluxcd/helm-controller": ["config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml"],
    },
  },
];

/** Folders, absolute, that programs and files of each module are in. */
export interface InstalledCluster {
  readonly kubernetes: string;
  readonly argocd: string;
  readonly flux: string;
  readonly kwok: string;
  readonly metricsServer: string;
  readonly kustomize: string;
}

const MODULES = path.join(import.meta.dirname, "..", "test", "cluster", "go");

const CACHE =
  process.env["LOADLINE_CLUSTER_CACHE"] ??
  path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "loadline-cluster");

/** Rejects where Go is missing, or a module does not build. `say` is told what is done that takes long. */
export async function installCluster(say: (text: string) => void): Promise<InstalledCluster> {
  const folders: Record<string, string> = {};
  for (const part of PARTS) folders[part.module] = await install(part, say);
  const { kubernetes = "", argocd = "", flux = "", kwok = "", kustomize = "" } = folders;
  return { kubernetes, argocd, flux, kwok, kustomize, metricsServer: folders["metrics-server"] ?? "" };
}

async function install(part: Part, say: (text: string) => void): Promise<string> {
  const sources = path.join(MODULES, part.module);
  const version = await versionOf(part, sources);
  const variables = Object.entries(part.versions(version)).flatMap(([name, value]) => [
    "-X",
    `${name}=${value}`,
  ]);
  const args = ["-trimpath", "-buildvcs=false", `-ldflags=-s -w ${variables.join(" ")}`, ...part.packages];
  const files = Object.entries(part.files ?? {});
  const hash = await hashOf(sources, [...args, ...files.flatMap(([, names]) => names)]);
  const folder = path.join(CACHE, `${part.module}-${hash}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const scratch = await mkdtemp(path.join(CACHE, "incoming-"));
  const start = performance.now();
  const tell = (text: string) =>
    say(`${part.module} ${version}: ${text}, ${Math.round((performance.now() - start) / 1000)} s`);
  try {
    const go = await findGo();
    const options = { cwd: sources, env: GO_ENVIRONMENT };
    await compile(
      execa(go, ["build", "-v", "-o", `${scratch}/`, ...args], { ...options, stdout: "ignore" }),
      tell,
    );
    for (const [module, names] of files) {
      const { stdout } = await execa(go, ["list", "-m", "-f", "{{.Dir}}", module], options);
      for (const file of names)
        await copyFile(path.join(stdout, file), path.join(scratch, path.basename(file)));
    }
    // Another process may have been faster; what it built is the same.
    await rename(scratch, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    tell("built");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly", GOWORK: "off" };

async function versionOf({ module, of }: Part, sources: string): Promise<string> {
  const lines = (await readFile(path.join(sources, "go.mod"), "utf8")).split("\n");
  const [version] = lines.flatMap((line) => {
    const [name, required] = line
      .trim()
      .replace(/^require /, "")
      .split(" ");
    return name === of && required !== undefined ? [required] : [];
  });
  if (version === undefined) throw new Error(`go.mod of ${module} does not require ${of}`);
  return version;
}

/** By all that decides what comes out, but for the compiler. */
async function hashOf(sources: string, how: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(how));
  for (const file of globSync(["go.mod", "go.sum", "*.go"], { cwd: sources }).toSorted())
    hash.update(`\0${file}\0`).update(await readFile(path.join(sources, file)));
  return hash.digest("hex").slice(0, 16);
}

/** On PATH, or where Go's own instructions put it. */
async function findGo(): Promise<string> {
  for (const program of ["go", "/usr/local/go/bin/go"]) {
    const { failed } = await execa(program, ["version"], { reject: false });
    if (!failed) return program;
  }
  throw new Error("no Go on PATH, which builds the control plane: see https://go.dev/doc/install");
}

/** With `-v`, each line is a package that was compiled. */
async function compile(build: ResultPromise, tell: (text: string) => void): Promise<void> {
  let packages = 0;
  const say = () => tell(`${packages} packages compiled`);
  say();
  const progress = setInterval(say, 30_000);
  try {
    for await (const _ of build.iterable({ from: "stderr" })) packages++;
    await build;
  } finally {
    clearInterval(progress);
  }
}

if (import.meta.main) {
  const installed = await installCluster((text) => console.log(text));
  for (const folder of Object.values(installed)) console.log(folder);
}
