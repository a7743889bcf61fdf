import { shownName, withoutUser } from "../render/message.ts";
import type { Asker, FluxObjects } from "./objects.ts";
import { refuse } from "../refusal.ts";
import { fluxSchemas, parse, type Reference } from "./schema.ts";

/** Bootstrapping makes the source of this name, often outside of all files. */
const BOOTSTRAPPED = "flux-system";

/** Refuses a source unless it is a branch of the repository at hand. */
export function requireOwn(
  reference: Reference,
  asker: Asker,
  { objects, isOwn }: { objects: FluxObjects; isOwn: (repoUrl: string) => boolean },
): void {
  const shown = `the ${shownName(reference.kind)} ${shownName(reference.name)}`;
  if (reference.kind !== "GitRepository")
    refuse("remote-source", `${shown} is not in git: what it holds can't be edited here`);
  const found = objects.find(reference.kind, reference.name, inNamespaceOf(reference, asker));
  if (found === undefined) {
    if (reference.name === BOOTSTRAPPED) return;
    refuse("source-not-found", `no file declares ${shown}`);
  }
  const { url, ref } = parse(fluxSchemas.gitRepository, found.object, shown).spec;
  if (!isOwn(url))
    refuse("other-repository", `${shown} is another repository, ${shownName(withoutUser(url))}`);
  const pin = ref?.commit ?? notBranch(ref?.name) ?? ref?.semver ?? ref?.tag;
  if (pin)
    refuse(
      "pinned-revision",
      `${shown} is pinned to ${shownName(pin)}: a change of the branch does not reach it until that is moved`,
    );
}

/** A reference may name another namespace; else it is the asker's. */
export function inNamespaceOf(reference: Reference, asker: Asker): Asker {
  return reference.namespace ? { ...asker, namespace: reference.namespace } : asker;
}

function notBranch(name: string | null | undefined): string | undefined {
  return name && !name.startsWith("refs/heads/") ? name : undefined;
}
