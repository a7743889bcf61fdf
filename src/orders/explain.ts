import { explainAnswer } from "../commands/answers.ts";
import { meant } from "../commands/target.ts";
import { code } from "../proposals/markdown.ts";
import { methodOf } from "../sweep/policy.ts";
import { fullName, type OrderContext } from "./order.ts";

/** How the numbers of a pull request came about; elsewhere, those of any container that is named. */
export async function explain(
  { sweeper, repository, pull, setup }: OrderContext,
  target: string | undefined,
): Promise<string> {
  const plan = await sweeper.plan();
  const here = fullName(repository).toLowerCase();
  const proposals = plan.proposals.filter((proposal) => proposal.repository.toLowerCase() === here);
  const own = pull && proposals.find(({ branch }) => branch === pull.branch);
  if (!pull && target === undefined)
    return "Which container? Name one, such as `/loadline explain shop/api`; in a pull request of Loadline's its own are explained.";
  const among = own?.containers ?? (pull ? [] : plan.containers.filter((one) => isOf(here, one)));
  const chosen = meant(target, among);
  if (chosen.length === 0 && target !== undefined && among.length > 0)
    return `No container here is called ${code(target)}.`;
  return explainAnswer(chosen, methodOf(setup.config.policy));
}

/** Only what this repository declares is its readers' business. */
function isOf(repository: string, { source }: { source: { at?: { repository: string } } }): boolean {
  return source.at?.repository.toLowerCase() === repository;
}
