import { type Delivery, type DeliveredSource, deliveryKey } from "../../domain/delivery.ts";
import type { Reason } from "../../domain/reason.ts";
import type { Recipe, Step } from "../recipe.ts";
import type { RepositoryScan } from "../scan-repository.ts";
import { broken, type ChainLink, type Doubt, held, unknown } from "./chain.ts";
import { describeOthers, otherFields } from "./other-spec.ts";

/** A repository that was scanned, and at what. */
export interface ScannedRepository {
  readonly scan: RepositoryScan;
  /** The branch that was scanned, and into which pull requests go; unknown in a folder without one. */
  readonly branch?: string | undefined;
  /** The commit that was scanned. */
  readonly commit?: string | undefined;
}

/** The recipes of scanned repositories by which a delivery makes its objects. */
export interface DeliveredRecipes {
  /** By {@link recipeKey}. */
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly doubt?: Doubt;
  /** The identity of the repository that would have to be read. */
  readonly missing?: string;
  readonly links: readonly ChainLink[];
}

/** Tells recipes of all repositories apart. */
export function recipeKey(repository: string, { id }: Recipe): string {
  return JSON.stringify([repository, id]);
}

/**
 * By the object that declares the delivery, where a scanned repository has it; else by the folder that it
 * names, of which only as much is known as the folder itself shows.
 */
export function recipesOf(delivery: Delivery, repositories: readonly ScannedRepository[]): DeliveredRecipes {
  const declared = repositories.flatMap(({ scan }) =>
    scan.recipes.filter((recipe) => declares(recipe, delivery)).map((recipe) => ({ scan, recipe })),
  );
  const sources = delivery.sources.flatMap((source) =>
    repositories.filter(({ scan }) => isFrom(source, scan)).map((at): Followed => ({ ...at, source })),
  );
  const standing = sources.flatMap(standingOf);
  const links: ChainLink[] = [...madeBy(delivery), ...standing.map(({ link }) => link)];
  const [wrong] = standing.flatMap(({ doubt }) => doubt ?? []);
  if (wrong) return { recipes: new Map(), doubt: wrong, links };
  const fitting = declared.filter(({ scan, recipe }) => fits(recipe, delivery, scan));
  if (fitting.some(({ recipe }) => recipe.refused?.code !== "other-repository"))
    return {
      recipes: keyed(fitting),
      links: [
        ...links,
        ...fitting.map(({ recipe }) => held("recipe", `${recipe.path} declares the delivery`)),
      ],
    };
  return byFolder(
    delivery,
    sources,
    links,
    declared.map(({ recipe }) => recipe),
  );
}

interface Followed extends ScannedRepository {
  readonly source: DeliveredSource;
}

function byFolder(
  delivery: Delivery,
  sources: readonly Followed[],
  links: readonly ChainLink[],
  declared: readonly Recipe[],
): DeliveredRecipes {
  const name = deliveryKey(delivery);
  if (sources.some(({ source }) => source.renderer === "Plugin")) {
    const reason = { code: "plugin", message: `${name} is rendered by a plugin of Argo CD` };
    return {
      recipes: new Map(),
      doubt: refusedFor(reason),
      links: [...links, broken("recipe", reason.message)],
    };
  }
  const found = sources.flatMap(({ scan, source }) =>
    scan.recipes.filter((recipe) => isOfFolder(recipe, source)).map((recipe) => ({ scan, recipe, source })),
  );
  if (found.length > 0) {
    const overrides = [...new Set(found.flatMap((one) => overridesOf(one, delivery)))];
    const places = [...new Set(found.map(({ recipe }) => recipe.id))].join(", ");
    const message = `${name} sets ${overrides.join(", ")} itself, and no repository that is read declares it: what is rendered may differ`;
    return {
      recipes: keyed(found),
      ...(overrides.length === 0
        ? {}
        : { doubt: { status: "probable", reason: { code: "undeclared", message } } }),
      links: [
        ...links,
        held("recipe", `${places} is what it renders`),
        ...(overrides.length === 0 ? [] : [unknown("recipe", message)]),
      ],
    };
  }
  return { recipes: new Map(), ...nothingFound(delivery, sources, links, declared) };
}

/** What is laid over a folder by the delivery itself, or by a file beside it that Argo CD alone reads. */
function overridesOf(
  { scan, source }: Omit<Followed, "branch">,
  { tool, name }: Delivery,
): readonly string[] {
  const files = [".argocd-source.yaml", `.argocd-source-${name}.yaml`];
  const beside = files.filter((file) =>
    scan.sources.has(source.path === undefined || source.path === "" ? file : `${source.path}/${file}`),
  );
  return [...(source.overrides ?? []), ...(tool === "Argo CD" ? beside : [])];
}

function nothingFound(
  delivery: Delivery,
  sources: readonly Followed[],
  links: readonly ChainLink[],
  declared: readonly Recipe[],
): Omit<DeliveredRecipes, "recipes"> {
  const name = deliveryKey(delivery);
  const [refusal] = declared.flatMap(({ refused }) =>
    refused?.code === "other-repository" ? [] : (refused ?? []),
  );
  if (refusal) return { doubt: refusedFor(refusal), links: [...links, broken("recipe", refusal.message)] };
  const source = delivery.sources.find(rendersFiles);
  if (sources.length === 0 && source?.repository !== undefined) {
    const message = `${name} reads ${source.repository}${source.path === "" ? "" : ` ${source.path ?? ""}`}, which is not among the repositories that are read; install the App there`;
    return {
      missing: source.repository,
      doubt: { status: "unmapped", reason: { code: "repository-not-read", message } },
      links: [...links, broken("repository", message)],
    };
  }
  const [first] = declared;
  if (first) {
    const others = describeOthers(otherFields(delivery, first));
    const message = `${declared.map(({ path }) => path).join(", ")} declares ${name}, but with other sources than the cluster has${others && `, ${others}`}: it is not synced, or declared elsewhere`;
    return {
      doubt: refusedFor({ code: "other-sources", message }),
      links: [...links, broken("recipe", message)],
    };
  }
  const [other] = sources.flatMap(({ scan, source: { path = "" } }) =>
    scan.recipes.filter(({ steps }) => steps.some((step) => isStepOf(step, path))),
  );
  if (other) {
    const message = `no repository that is read declares ${name}, and its folder is read as ${other.path} declares it for another; write ${name} into a repository`;
    return {
      doubt: refusedFor({ code: "no-recipe", message }),
      links: [...links, broken("recipe", message)],
    };
  }
  const [any] = delivery.sources;
  const what = any?.chart === undefined ? `folder ${any?.path ?? ""}` : `chart ${any.chart}`;
  const message = `${name} renders ${what}, and no repository that is read has that, or declares it with its values`;
  return { doubt: refusedFor({ code: "no-recipe", message }), links: [...links, broken("recipe", message)] };
}

function keyed(
  found: readonly { readonly scan: RepositoryScan; readonly recipe: Recipe }[],
): Map<string, Recipe> {
  return new Map(found.map(({ scan, recipe }) => [recipeKey(scan.repository, recipe), recipe]));
}

function refusedFor(reason: Reason): Doubt {
  return { status: "refused", reason };
}

function madeBy({ madeBy: maker }: Delivery): ChainLink[] {
  return maker ? [held("made-by", `${maker.kind} ${maker.name} makes it from its template`)] : [];
}

function declares(
  { delivery: declared, refused }: Recipe,
  { kind, namespace, name, madeBy: maker }: Delivery,
): boolean {
  if (declared === undefined || !["", namespace].includes(declared.namespace)) return false;
  if (declared.kind === kind) return declared.name === name;
  return refused !== undefined && declared.kind === maker?.kind && declared.name === maker.name;
}

/** Whether each of its sources that lies in the scanned repository is one of the recipe's steps. */
function fits(recipe: Recipe, delivery: Delivery, scan: RepositoryScan): boolean {
  if (recipe.refused && recipe.steps.length === 0) return true;
  return delivery.sources
    .filter((source) => isFrom(source, scan) && rendersFiles(source))
    .every(({ path = "" }) => recipe.steps.some((step) => isStepOf(step, path)));
}

function isStepOf(step: Step, folder: string): boolean {
  if (step.tool === "helm") return "path" in step.chart && step.chart.path === folder;
  if (step.tool === "kustomize") return step.folder === folder;
  return step.files.every((file) => isBelow(file, folder));
}

/** As Argo CD calls its own ways to render. */
const KINDS: Readonly<Record<string, Recipe["kind"]>> = {
  Helm: "helm",
  Kustomize: "kustomize",
  Directory: "plain",
};

/** A folder's own recipe, in which nothing but the folder itself has a say. */
function isOfFolder(
  recipe: Recipe,
  { path: folder, valueFiles = [], renderer = "", recurse }: DeliveredSource,
): boolean {
  if (folder === undefined || recipe.delivery !== undefined) return false;
  if ((KINDS[renderer] ?? recipe.kind) !== recipe.kind) return false;
  if (recipe.kind === "plain")
    return recipe.path === folder || (recurse === true && isBelow(recipe.path, folder));
  return recipe.path === folder && (recipe.values ?? []).join(" ") === valueFiles.join(" ");
}

function isBelow(file: string, folder: string): boolean {
  return folder === "" || file.startsWith(`${folder}/`);
}

function isFrom({ type, address }: DeliveredSource, scan: RepositoryScan): boolean {
  return type === "git" && address !== undefined && scan.options.isOwn(address);
}

/** Others are there to be referred to, or are charts of a registry. */
function rendersFiles({ type, path, ref }: DeliveredSource): boolean {
  return type === "git" && (ref === undefined || path !== "");
}

/** Why a change of what a delivery reads would not arrive, where that is so. */
export function whyNotArriving(
  delivery: Delivery,
  repositories: readonly ScannedRepository[],
): Doubt | undefined {
  const sources = delivery.sources.flatMap((source) =>
    repositories.filter(({ scan }) => isFrom(source, scan)).map((at): Followed => ({ ...at, source })),
  );
  return sources.flatMap(standingOf).find(({ doubt }) => doubt)?.doubt;
}

/** Whether what is merged into the branch that was scanned arrives. */
function standingOf({ source, scan, branch, commit }: Followed): { link: ChainLink; doubt?: Doubt }[] {
  const { pinned, targetRevision, revision } = source;
  const repository = scan.repository;
  const refuse = (code: string, message: string): { link: ChainLink; doubt: Doubt }[] => [
    { link: broken("revision", message), doubt: refusedFor({ code, message }) },
  ];
  if (pinned !== undefined)
    return refuse(
      "pinned-revision",
      `it follows the ${pinned} ${targetRevision ?? ""} of ${repository}: a change of the branch does not reach it until that is moved`,
    );
  if (
    targetRevision !== undefined &&
    branch !== undefined &&
    targetRevision.replace(/^refs\/heads\//, "") !== branch
  )
    return refuse(
      "other-branch",
      `it follows the branch ${targetRevision} of ${repository}, and changes go into ${branch}`,
    );
  const at = revision === undefined ? "is not told which commit" : `is at ${revision.slice(0, 10)}`;
  const head =
    commit === undefined || revision === undefined
      ? ""
      : commit === revision
        ? ", which is the newest"
        : `, and the branch at ${commit.slice(0, 10)}`;
  return [
    { link: held("repository", `${source.address ?? ""} is ${repository}, which is read`) },
    { link: held("revision", `it follows ${targetRevision ?? "the default branch"} and ${at}${head}`) },
  ];
}
