import path from "node:path/posix";
import pLimit from "p-limit";
import type { Reason } from "../domain/reason.ts";
import { type ResourceField, splitField } from "../domain/resources.ts";
import { WORKLOAD_KINDS } from "../domain/workload.ts";
import { isEncrypted, parseDocuments, type YamlStream } from "../manifests/documents.ts";
import type { KeyPath } from "../manifests/key-path.ts";
import {
  decodeSource,
  handsOff,
  LARGEST_FILE,
  type Position,
  positionsIn,
} from "../manifests/source-text.ts";
import { type ContainerObject, type WorkloadObject, workloadObjects } from "../manifests/workload-objects.ts";
import type { Field, Recipe, Scan, ScannedContainer } from "./scan.ts";
import type { Tree } from "./tree.ts";

const MANIFEST = /\.(?:ya?ml|json)$/i;
const KUSTOMIZATION = /^(?:kustomization\.ya?ml|Kustomization)$/;
/** Cheap to run on bytes, so that only files which may declare a workload are parsed. */
const DECLARES_WORKLOAD = new RegExp(
  `["']?kind["']?\\s*:\\s*["']?(?:${WORKLOAD_KINDS.join("|")}|\\w*List)\\b`,
);
const FILES_IN_FLIGHT = 16;

type FileScan = { containers: ScannedContainer[] } | { refused: Reason };

/** Reads every workload that plain manifests of a tree declare. */
export async function scanPlain(repository: string, tree: Tree): Promise<Scan> {
  const files = await tree.files();
  const folders = new Folders(files);
  const limit = pLimit(FILES_IN_FLIGHT);
  const scanned = await Promise.all(
    files
      .filter((file) => MANIFEST.test(file) && !folders.isChartTemplate(file))
      .map((file) => limit(async () => await scanFile(repository, tree, file, folders))),
  );
  const containers = scanned.flatMap((scan) => (scan && "containers" in scan ? scan.containers : []));
  return {
    repository,
    containers,
    recipes: [...new Map(containers.map(({ recipe }) => [recipe.id, recipe])).values()],
    refused: scanned.flatMap((scan) => (scan && "refused" in scan ? [scan.refused] : [])),
  };
}

async function scanFile(
  repository: string,
  tree: Tree,
  file: string,
  folders: Folders,
): Promise<FileScan | undefined> {
  const bytes = await tree.read(file);
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, LARGEST_FILE));
  if (!DECLARES_WORKLOAD.test(head.toString("latin1"))) return undefined;
  const refuse = (reason: Reason): FileScan => ({ refused: { ...reason, file } });
  const source = decodeSource(bytes);
  if ("refused" in source) return refuse(source.refused);
  const stream = parseDocuments(source.text);
  if ("refused" in stream) return refuse(stream.refused);
  if (stream.values.some(isEncrypted))
    return refuse({ code: "sops", message: "the file is encrypted with SOPS" });
  const generated = handsOff(source.text);
  if (generated) return refuse(generated);
  return { containers: containersOf(repository, file, source.text, stream, folders) };
}

function containersOf(
  repository: string,
  file: string,
  text: string,
  stream: YamlStream,
  folders: Folders,
): ScannedContainer[] {
  const folder = path.dirname(file);
  const recipe: Recipe = { id: folder, kind: "plain", path: folder === "." ? "" : folder };
  const kustomization = folders.kustomizationOf(file);
  const positionOf = positionsIn(text);
  const uncertain: Reason | undefined =
    kustomization === undefined
      ? undefined
      : {
          code: "kustomize",
          message: `${kustomization} may change what this file says, and that is not rendered`,
          file,
        };
  return stream.values.flatMap((value, document) =>
    workloadObjects(value).flatMap((workload: WorkloadObject) =>
      workload.containers.map((container): ScannedContainer => ({
        repository,
        recipe,
        kind: workload.kind,
        workload: workload.name,
        ...(workload.namespace === undefined ? {} : { namespace: workload.namespace }),
        container: container.name,
        role: container.role,
        current: container.resources,
        status: uncertain ? "probable" : "proven",
        ...(uncertain ? { reason: uncertain } : {}),
        fields: fieldsOf(file, document, positionOf, stream, container),
      })),
    ),
  );
}

function fieldsOf(
  file: string,
  document: number,
  positionOf: (offset: number) => Position,
  stream: YamlStream,
  container: ContainerObject,
): Record<ResourceField, Field> {
  const fieldOf = (resource: ResourceField): Field => {
    const keyPath: KeyPath = [...container.path, "resources", ...splitField(resource)];
    const offset = offsetAt(stream, document, keyPath);
    const place = positionOf(offset ?? offsetAt(stream, document, container.path) ?? 0);
    return { resource, file, document, keyPath, ...place, present: offset !== undefined, layer: "manifest" };
  };
  return {
    "requests.cpu": fieldOf("requests.cpu"),
    "requests.memory": fieldOf("requests.memory"),
    "limits.cpu": fieldOf("limits.cpu"),
    "limits.memory": fieldOf("limits.memory"),
  };
}

function offsetAt(stream: YamlStream, document: number, keyPath: KeyPath): number | undefined {
  const node: unknown = stream.documents[document]?.getIn(keyPath, true);
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}

/** What the folders of a repository are: charts, kustomizations. */
class Folders {
  readonly #charts: ReadonlySet<string>;
  readonly #kustomizations: ReadonlyMap<string, string>;

  constructor(files: readonly string[]) {
    this.#charts = new Set(
      files.filter((file) => path.basename(file) === "Chart.yaml").map((file) => path.dirname(file)),
    );
    this.#kustomizations = new Map(
      files
        .filter((file) => KUSTOMIZATION.test(path.basename(file)))
        .map((file) => [path.dirname(file), file]),
    );
  }

  /** Templates look like YAML and are none. */
  isChartTemplate(file: string): boolean {
    const segments = file.split("/");
    return segments.some(
      (segment, index) =>
        segment === "templates" && this.#charts.has(segments.slice(0, index).join("/") || "."),
    );
  }

  /** The kustomization that stands beside a file, if any. */
  kustomizationOf(file: string): string | undefined {
    return this.#kustomizations.get(path.dirname(file));
  }
}
