import { explainAnswer } from "../commands/answers.ts";
import { meant } from "../commands/target.ts";
import { code } from "../proposals/markdown.ts";
import { methodOf } from "../sweep/policy.ts";
import { fullName, type OrderContext, ownProposal } from "./order.ts";

/** How the numbers of a pull request came about; elsewhere, those of any container that is named. */
export async function explain(context: OrderContext, target: string | undefined): Promise<string> {
  const { sweeper, repository, pull, setup } = context;
  const plan = await sweeper.plan();
  const here = fullName(repository).toLowerCase();
  if (!pull && target === undefined)
    return "Which container? Name one, such as `/loadline explain shop/api`; in a pull request of Loadline's its own are explained.";
  const among =
    ownProposal(context, plan)?.containers ?? (pull ? [] : plan.containers.filter((one) => isOf(here, one)));
  const chosen = meant(target, among);
  if (chosen.length === 0 && target !== undefined && among.length > 0)
    return `No container here is called ${code(target)}.`;
  return explainAnswer(chosen, methodOf(setup.config.policy));
}

/** Only what this repository declares is its readers' business. */
function isOf(repository: string, { source }: { source: { at?: { repository: string } } }): boolean {
  return source.at?.repository.toLowerCase() === repository;
}
