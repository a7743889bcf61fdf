import type { OpenPull } from "../github/pulls.ts";
import type { InstalledRepository } from "../github/repository.ts";
import type { Proposal } from "../proposals/proposal.ts";
import type { Plan } from "../sweep/plan.ts";
import type { Sweeper } from "../sweep/sweeper.ts";
import type { SweepSetup } from "../sweep/setup.ts";
import type { Trials } from "../sweep/trials/trials.ts";

/** Everything that a command may touch. */
export interface OrderContext {
  readonly setup: SweepSetup;
  readonly sweeper: Sweeper;
  readonly trials: Trials;
  readonly repository: InstalledRepository;
  /** The issue or pull request in which it was given. */
  readonly issue: number;
  /** Set where that is an open pull request of Loadline's. */
  readonly pull: OpenPull | undefined;
  readonly login: string;
  /** Which order this is: that of a comment, and its place among those of the same comment. */
  readonly order: { readonly comment: number; readonly index: number };
}

/** What would be proposed today in the pull request in which a command was given. */
export function ownProposal({ repository, pull }: OrderContext, { proposals }: Plan): Proposal | undefined {
  const here = fullName(repository).toLowerCase();
  return proposals.find((one) => one.repository.toLowerCase() === here && one.branch === pull?.branch);
}

export function fullName({ owner, name }: InstalledRepository): string {
  return `${owner}/${name}`;
}

/** What to answer where a command makes sense only in an open pull request of Loadline's. */
export const NEEDS_PULL =
  "This command belongs into a pull request that Loadline opened and that is still open; this is none.";
