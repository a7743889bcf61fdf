import type { Command } from "../commands/parse.ts";
import { meant } from "../commands/target.ts";
import { baseUnits, type Quantity } from "../domain/quantity.ts";
import { amountOf, type ResourceField, splitField, withAmount } from "../domain/resources.ts";
import { workloadKey } from "../domain/workload.ts";
import type { PlannedContainer } from "../proposals/evidence.ts";
import { code } from "../proposals/markdown.ts";
import { NEEDS_PULL, type OrderContext, ownProposal } from "./order.ts";
import { isHeard, remember } from "./change-pull.ts";
import { refresh } from "./refresh.ts";

type SetCommand = Extract<Command, { readonly name: "set" }>;

/** Other values for a container of this pull request, within the policy's bounds, proven anew. */
export async function set(context: OrderContext, { target, amounts }: SetCommand): Promise<string> {
  const { pull, sweeper } = context;
  if (!pull?.marker) return NEEDS_PULL;
  const proposal = ownProposal(context, await sweeper.plan());
  const among = proposal?.containers ?? [];
  const chosen = meant(target, among);
  const [container, ...more] = chosen;
  if (!container || more.length > 0) return notOne(target, chosen.length > 0 ? chosen : among);
  const problem = problemWith(container, amounts);
  if (problem !== undefined) return problem;
  const entry = { container: nameOf(container), amounts: Object.fromEntries(amounts) };
  await remember(context, (said) => ({ ...said, set: [...(said.set ?? []), entry] }));
  return `${code(nameOf(container))} shall have ${described(amounts)}. \`/loadline undo\` takes it back.\n\n${await refresh(context)}`;
}

/** Takes back the last `set`. */
export async function undo(context: OrderContext): Promise<string> {
  const { pull, order } = context;
  if (!pull?.marker) return NEEDS_PULL;
  const values = pull.marker.said?.set ?? [];
  if (values.length === 0 && !isHeard(pull.marker.said ?? {}, order))
    return "No value was set by `/loadline set` in this pull request, so there is nothing to undo.";
  await remember(context, (said) => ({ ...said, set: said.set?.slice(0, -1) ?? [] }));
  return `The values that were set last are taken back.\n\n${await refresh(context)}`;
}

function problemWith(
  { current, recommended, policy: { bounds } }: PlannedContainer,
  amounts: ReadonlyMap<ResourceField, Quantity>,
): string | undefined {
  let next = recommended ?? current;
  for (const [field, amount] of amounts) next = withAmount(next, field, amount);
  for (const [field, amount] of amounts) {
    const [side, resource] = splitField(field);
    const { min, max } = bounds[resource];
    if (side === "requests" && (baseUnits(amount) < baseUnits(min) || baseUnits(amount) > baseUnits(max)))
      return `The policy allows ${resource} requests from ${code(min)} to ${code(max)}; ${code(amount)} lies outside. Nothing was changed.`;
    const request = amountOf(next, `requests.${resource}`);
    const limit = amountOf(next, `limits.${resource}`);
    if (request !== undefined && limit !== undefined && baseUnits(request) > baseUnits(limit))
      return `The ${resource} request of ${code(request)} would be above the limit of ${code(limit)}, which Kubernetes refuses: set both. Nothing was changed.`;
  }
  return undefined;
}

function notOne(target: string | undefined, containers: readonly PlannedContainer[]): string {
  const list = containers.slice(0, 20).map((one) => `- ${code(nameOf(one))}`);
  if (list.length === 0)
    return "Nothing is proposed for this pull request any more, so that nothing can be set.";
  const what =
    target === undefined ? "Which container?" : `${code(target)} is not one container of this pull request.`;
  return [`${what} Name one of these:`, ...list].join("\n");
}

function nameOf({ workload, container }: PlannedContainer): string {
  return `${workloadKey(workload)} ${container}`;
}

function described(amounts: ReadonlyMap<ResourceField, Quantity>): string {
  return [...amounts].map(([field, amount]) => `${field} ${code(amount)}`).join(", ");
}
