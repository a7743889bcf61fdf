import type { Reason } from "../domain/reason.ts";
import type { KeyPath } from "../manifests/key-path.ts";

/** `jsonnet`, `cue`, `cdk8s` and `helmfile` are recognised only to be refused by name. */
export type RecipeKind =
  | "plain"
  | "kustomize"
  | "helm"
  | "argocd"
  | "flux"
  | "jsonnet"
  | "cue"
  | "cdk8s"
  | "helmfile";

/** Where an object that declares a recipe was written. */
export interface Origin {
  readonly file: string;
  /** From 0. */
  readonly document: number;
}

/** A way in which files of a repository become objects of a cluster. */
export interface Recipe {
  /** Unique in its repository, and the same after an edit of values. */
  readonly id: string;
  readonly kind: RecipeKind;
  /** Its folder (plain, kustomize, helm; empty for the root), or the file that declares it (argocd, flux). */
  readonly path: string;
  /** Of the Application, the Kustomization or the HelmRelease. */
  readonly name?: string;
  /** The object that a cluster has where it is delivered; its namespace is empty where the file names none. */
  readonly delivery?: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** Of an Application: its sources as the file declares them, before files beside them are laid over. */
  readonly written?: readonly Readonly<Record<string, unknown>>[];
  /** Values files beside a chart's own that a helm recipe adds, relative to the chart. */
  readonly values?: readonly string[];
  /** What is rendered, in order; of two objects with one identity the later one counts. */
  readonly steps: readonly Step[];
  /** Why it is not rendered. `steps` may still name values files from which something is probable. */
  readonly refused?: Reason;
  /** It is rendered, but a value that is in no file is missing: nothing of it is more than probable. */
  readonly uncertain?: Reason;
  /** The recipe that delivers the object which declares this one, where several do. */
  readonly via?: string;
}

export type Step = PlainStep | KustomizeStep | HelmStep;

interface StepDefaults {
  /** For objects that name none: where the destination puts them. */
  readonly namespace?: string;
  /** Flux's `postBuild` variables; absent where nothing is substituted. */
  readonly substitute?: Readonly<Record<string, string>>;
}

/** Manifests as they are written. */
export interface PlainStep extends StepDefaults {
  readonly tool: "plain";
  readonly files: readonly string[];
}

/** Fields of a kustomization that Argo CD and Flux lay over one in a folder, in kustomize's own shapes. */
export type KustomizeOverrides = Readonly<Record<string, unknown>>;

export interface KustomizeStep extends StepDefaults {
  readonly tool: "kustomize";
  readonly folder: string;
  /** The folder has no kustomization: these files are its resources, as Flux makes one up. */
  readonly resources?: readonly string[];
  /** Laid over as an outer kustomization: `patches`, `namespace`, `namePrefix`, `images`, … `components` are paths of the tree. */
  readonly overrides?: KustomizeOverrides;
  /** Flux lets a kustomization read files of the whole tree. */
  readonly filesOfWholeTree?: boolean;
}

export type ChartRef =
  /** A chart's folder or archive in the tree. */
  | { readonly path: string }
  /** By exact version; `repository` starts with `oci://` or `http(s)://`. */
  | { readonly repository: string; readonly name: string; readonly version: string };

/**
 * From a file of the tree, or text that stands elsewhere (inline values as YAML). `at` says where an inline
 * text could be edited: the map in a document that holds it, or the string that embeds it as YAML.
 */
export type ValuesSource =
  | { readonly file: string }
  | { readonly text: string; readonly at?: Origin & { readonly path: KeyPath } };

export interface HelmStep extends StepDefaults {
  readonly tool: "helm";
  readonly chart: ChartRef;
  readonly release: string;
  /** From the weakest to the strongest; all above the chart's own values. */
  readonly values: readonly ValuesSource[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly value: string;
    readonly forceString?: boolean;
    /** Where its value is written. */
    readonly at?: Origin & { readonly path: KeyPath };
  }[];
  readonly fileParameters?: readonly { readonly name: string; readonly file: string }[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly includeCrds?: boolean;
  readonly skipTests?: boolean;
  readonly skipSchemaValidation?: boolean;
  /** Kustomize fields that patch what the chart renders. */
  readonly postRender?: KustomizeOverrides;
}

/** An object that declares how others are made: an Application, a HelmRelease, a source of one. */
export interface Declared {
  readonly object: Readonly<Record<string, unknown>>;
  readonly origin: Origin;
  /** The recipe that rendered it, where it is not taken from its file as it stands. */
  readonly renderedBy?: string;
}
