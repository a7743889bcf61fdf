import { deliveryKey, DELIVERY_GROUPS, type Delivery } from "../../domain/delivery.ts";
import { WORKLOAD_GROUPS, workloadKey } from "../../domain/workload.ts";
import type { Recipe } from "../recipe.ts";
import { type ChainLink, type Doubt, held } from "./chain.ts";
import {
  type DeliveredRecipes,
  recipesOf,
  type ScannedRepository,
  whyNotArriving,
} from "./delivered-recipes.ts";
import { type ClusterDeliveries, DeliveryIndex } from "./delivery-index.ts";
import type { MarkedObject, MarkedWorkload } from "./marks.ts";
import { declaringEffects } from "./ignored-effects.ts";
import type { MergeEffect } from "./merge-effect.ts";
import { ownerOf } from "./ownership.ts";

/** From where a workload of a cluster comes, as the GitOps tools there tell. */
export interface LiveSource {
  /** Absent where no tool speaks of the workload, or it is not known which delivery it is. */
  readonly delivery?: Delivery;
  /** The recipes by which it is made: what another recipe renders is not it. By `recipeKey`; absent where they are not known. */
  readonly recipes?: ReadonlyMap<string, Recipe>;
  readonly doubt?: Doubt;
  /** Why a change of the file that declares the delivery would not arrive. */
  readonly declaringDoubt?: Doubt;
  /** What keeps a change of that file from having an effect, or one at once. */
  readonly declaringEffects?: readonly MergeEffect[];
  /** What merging a change of the container would not do, or do otherwise than one thinks. */
  readonly effects?: readonly MergeEffect[];
  /** The identity of a repository that would have to be read. */
  readonly missing?: string;
  /** Empty where no tool speaks of the workload. */
  readonly links: readonly ChainLink[];
}

/** Follows live workloads of one cluster to the recipes of the scanned repositories. */
export class LiveSources {
  readonly #index: DeliveryIndex;
  readonly #repositories: readonly ScannedRepository[];
  readonly #sources = new Map<string, LiveSource>();
  readonly #recipes = new Map<Delivery, DeliveredRecipes>();

  constructor(deliveries: ClusterDeliveries, repositories: readonly ScannedRepository[]) {
    this.#index = new DeliveryIndex(deliveries);
    this.#repositories = repositories;
  }

  of(workload: MarkedWorkload): LiveSource {
    const key = workloadKey(workload);
    const known = this.#sources.get(key) ?? this.#follow(workload);
    this.#sources.set(key, known);
    return known;
  }

  #follow(workload: MarkedWorkload): LiveSource {
    const { kind, namespace, name, labels, annotations } = workload;
    const object = { group: WORKLOAD_GROUPS[kind], kind, namespace, name, labels, annotations };
    const { by, doubt, links } = ownerOf(object, this.#index);
    if (links.length === 0) return { links };
    const lives = held("object", `${workloadKey(workload)} lives in ${this.#index.cluster}`);
    if (!by || doubt?.status === "refused")
      return {
        ...(by ? { delivery: by.delivery } : {}),
        ...(doubt ? { doubt } : {}),
        links: [lives, ...links],
      };
    const { delivery } = by;
    const made = this.#recipes.get(delivery) ?? this.#chosen(delivery);
    this.#recipes.set(delivery, made);
    const parent = this.#ownerOf(delivery);
    const declaringDoubt = parent && whyNotArriving(parent, this.#repositories);
    const worst = made.doubt?.status === "probable" ? (doubt ?? made.doubt) : (made.doubt ?? doubt);
    return {
      delivery,
      recipes: made.recipes,
      ...(worst ? { doubt: worst } : {}),
      ...(declaringDoubt ? { declaringDoubt } : {}),
      ...(parent ? { declaringEffects: declaringEffects(parent, delivery) } : {}),
      ...(made.missing === undefined ? {} : { missing: made.missing }),
      links: [lives, ...links, ...this.#parents(delivery), ...made.links],
    };
  }

  /** Of several objects that declare a delivery, those in the folders of what delivers the delivery itself. */
  #chosen(delivery: Delivery): DeliveredRecipes {
    const made = recipesOf(delivery, this.#repositories);
    const folders = this.#ownerOf(delivery)?.sources.flatMap(({ path }) => path ?? []) ?? [];
    const within = [...made.recipes].filter(([, { path }]) =>
      folders.some((folder) => folder === "" || path.startsWith(`${folder}/`)),
    );
    return made.recipes.size > 1 && within.length > 0 ? { ...made, recipes: new Map(within) } : made;
  }

  /** What delivers the delivery: an app of apps, a Kustomization of HelmReleases; up to the root. */
  #parents(delivery: Delivery): ChainLink[] {
    const links: ChainLink[] = [];
    const seen = new Set<Delivery>([delivery]);
    for (let at = this.#ownerOf(delivery); at && !seen.has(at); at = this.#ownerOf(at)) {
      seen.add(at);
      links.push(held("made-by", `${deliveryKey(at)} delivers ${deliveryKey([...seen].at(-2) ?? delivery)}`));
    }
    return links;
  }

  #ownerOf({ kind, namespace, name, labels, annotations }: Delivery): Delivery | undefined {
    const object: MarkedObject = { group: DELIVERY_GROUPS[kind], kind, namespace, name, labels, annotations };
    const { by, doubt } = ownerOf(object, this.#index);
    return doubt ? undefined : by?.delivery;
  }
}
