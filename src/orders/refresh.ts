import { code, prose } from "../proposals/markdown.ts";
import { fullName, NEEDS_PULL, type OrderContext } from "./order.ts";

/** Measures again and brings the repository's pull requests up to date. */
export async function refresh(
  { sweeper, repository }: OrderContext,
  giveBack?: ReadonlySet<number>,
): Promise<string> {
  const { repositories, failures } = await sweeper.sweep([fullName(repository)], giveBack);
  const lines = repositories.flatMap(({ published, waiting, held, closed }) => [
    ...published
      .filter(({ outcome }) => outcome !== "unchanged")
      .map(({ outcome, number, proposal }) => `- #${number} ${code(proposal.title)}: ${outcome}`),
    ...closed.map(({ number, title, why }) => `- #${number} ${code(title)}: ${why}`),
    ...held.map(({ proposal, reason }) => `- ${code(proposal.title)}: held: ${prose(reason.message)}`),
    ...waiting.map(({ title }) => `- ${code(title)}: waits for room within the limits`),
  ]);
  const failed = failures.map((failure) => `- failed: ${code(failure)}`);
  const quiet = lines.length + failed.length === 0 ? ["Nothing changes."] : [];
  return ["Measured again.", ...quiet, ...lines, ...failed].join("\n");
}

/** Makes the branch anew on the newest base, and takes it back from whoever committed to it. */
export async function rebase(context: OrderContext): Promise<string> {
  return context.pull ? await refresh(context, new Set([context.pull.number])) : NEEDS_PULL;
}
