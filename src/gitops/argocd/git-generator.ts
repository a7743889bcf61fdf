import path from "node:path/posix";
import { z } from "zod";
import { isRecord } from "../../manifests/key-path.ts";
import { shownName, withoutUser } from "../render/message.ts";
import type { Sources } from "../sources.ts";
import { compileGlob, isGlob } from "./glob.ts";
import { parseGoYaml } from "./go-yaml.ts";
import { normalizeName } from "./go-template/functions.ts";
import { flattened, type Parameters } from "./parameters.ts";
import { refuse } from "../refusal.ts";
import { requireBranch } from "./revision.ts";
import { parse } from "./schema.ts";
import { renderText, type TemplateOptions } from "./template.ts";

export interface GitContext {
  readonly sources: Sources;
  readonly isOwn: (repoUrl: string) => boolean;
  readonly options: TemplateOptions;
}

const places = z
  .array(z.looseObject({ path: z.string(), exclude: z.boolean().nullish() }))
  .max(1000)
  .nullish();

const gitSchema = z.looseObject({
  repoURL: z.string(),
  revision: z.union([z.string(), z.number()]).nullish(),
  directories: places,
  files: places,
  pathParamPrefix: z.string().nullish(),
  values: z.record(z.string(), z.string()).nullish(),
});

type Git = z.infer<typeof gitSchema>;
type Places = NonNullable<Git["files"]>;

/** The parameters of every folder, or of every file, that the patterns name. */
export async function gitParameters(given: unknown, context: GitContext): Promise<Parameters[]> {
  const git = parse(gitSchema, given, "the git generator");
  if (!context.isOwn(git.repoURL))
    refuse(
      "other-repository",
      `the git generator reads ${shownName(withoutUser(git.repoURL))}, another repository`,
    );
  requireBranch(git.revision);
  const found =
    git.directories && git.directories.length > 0
      ? folders(git.directories, context).map((folder) => aboutFolder(folder, git, context))
      : (
          await Promise.all(
            files(git.files ?? [], context).map(async (file) => await aboutFile(file, git, context)),
          )
        ).flat();
  return found.map((parameters) => withValues(parameters, git, context));
}

/** Hidden folders are left out; one that is excluded anywhere is out. */
function folders(wanted: Places, { sources, options }: GitContext): string[] {
  const all = new Set(sources.files.flatMap(visibleFolders));
  const patterns = wanted.map((place) => ({
    ...place,
    matches: compileGlob(place.path, "folder") ?? (() => false),
  }));
  options.spend(all.size * patterns.length);
  return [...all]
    .filter((folder) => {
      const hits = patterns.filter(({ matches }) => matches(folder));
      return hits.length > 0 && hits.every(({ exclude }) => exclude !== true);
    })
    .sort();
}

function visibleFolders(file: string): string[] {
  const segments = file.split("/").slice(0, -1);
  const hidden = segments.findIndex((segment) => segment.startsWith("."));
  const visible = hidden === -1 ? segments : segments.slice(0, hidden);
  return visible.map((_, index) => visible.slice(0, index + 1).join("/"));
}

function files(wanted: Places, { sources, options }: GitContext): string[] {
  const patterns = wanted.map((place) => ({ ...place, matches: pathspec(place.path) }));
  options.spend(sources.files.length * patterns.length);
  return sources.files.filter((file) => {
    const hits = patterns.filter(({ matches }) => matches(file));
    return hits.length > 0 && hits.every(({ exclude }) => exclude !== true);
  });
}

/** As `git ls-files` reads it: a folder stands for all that is in it. */
function pathspec(given: string): (file: string) => boolean {
  const pattern = path.normalize(given === "" ? "." : given);
  if (/^(?:[:/]|\.\.(?:\/|$))/.test(pattern))
    refuse("generator", `the git generator's path ${shownName(given)} is not supported`);
  if (pattern === "." || pattern === "./") return () => true;
  if (isGlob(pattern)) return compileGlob(pattern, "pathspec") ?? (() => false);
  const folder = pattern.endsWith("/") ? pattern : `${pattern}/`;
  return (file) => file === pattern || file.startsWith(folder);
}

function aboutFolder(folder: string, git: Git, { options }: GitContext): Parameters {
  const about = {
    path: folder,
    basename: path.basename(folder),
    basenameNormalized: normalizeName(path.basename(folder)),
  };
  return options.goTemplate ? prefixed({ ...about, segments: folder.split("/") }, git) : dotted(about, git);
}

async function aboutFile(file: string, git: Git, { sources, options }: GitContext): Promise<Parameters[]> {
  const source = await sources.text(file);
  const data = "refused" in source ? source : parseGoYaml(source.text);
  if ("refused" in data) return refuse(data.refused.code, `${shownName(file)}: ${data.refused.message}`);
  const content = data.value ?? {};
  const objects: readonly unknown[] = Array.isArray(content) ? content : [content];
  const folder = path.dirname(file);
  const about = {
    path: folder,
    basename: path.basename(folder),
    filename: path.basename(file),
    basenameNormalized: normalizeName(path.basename(folder)),
    filenameNormalized: normalizeName(path.basename(file)),
  };
  return objects.map((object) => {
    if (!isRecord(object))
      return refuse("generator", `${shownName(file)} holds neither a map nor a list of maps`);
    return options.goTemplate
      ? { ...object, ...prefixed({ ...about, segments: folder.split("/") }, git) }
      : { ...flattened(object), ...dotted(about, git) };
  });
}

function prefixed(about: Parameters, { pathParamPrefix }: Git): Parameters {
  const prefix = pathParamPrefix ?? "";
  return prefix === "" ? { path: about } : { [prefix]: { path: about } };
}

/** `path`, `path.basename`, `path[0]`. */
function dotted(about: Readonly<Record<string, string>>, { pathParamPrefix }: Git): Parameters {
  const prefix = pathParamPrefix ?? "";
  const name = prefix === "" ? "path" : `${prefix}.path`;
  const { path: folder = "", ...rest } = about;
  return Object.fromEntries([
    [name, folder],
    ...Object.entries(rest).map(([key, value]) => [`${name}.${key}`, value]),
    ...folder.split("/").map((segment, index) => [`${name}[${index}]`, segment]),
  ]);
}

function withValues(parameters: Parameters, { values }: Git, { options }: GitContext): Parameters {
  const rendered = Object.entries(values ?? {}).map(
    ([key, value]) => [key, renderText(value, parameters, options)] as const,
  );
  if (rendered.length === 0) return parameters;
  return options.goTemplate
    ? { ...parameters, values: Object.fromEntries(rendered) }
    : { ...parameters, ...Object.fromEntries(rendered.map(([key, value]) => [`values.${key}`, value])) };
}
