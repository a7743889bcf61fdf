import { formatDuration } from "../domain/duration.ts";
import { stopAutoMerge } from "../github/auto-merge.ts";
import { NEEDS_PULL, type OrderContext } from "./order.ts";
import { remember } from "./change-pull.ts";

/** Leaves this pull request as it is for a time. */
export async function hold(context: OrderContext, seconds: number): Promise<string> {
  const { pull, setup } = context;
  if (!pull?.marker) return NEEDS_PULL;
  await stopAutoMerge(context.repository, pull.number);
  const until = new Date(setup.now() + seconds * 1000).toISOString();
  await remember(context, (said) => ({ ...said, holdUntil: until }));
  return `This pull request is left as it is for ${formatDuration(seconds)}, until ${until.slice(0, 16).replace("T", " ")} UTC: neither updated, nor merged, nor closed by Loadline.`;
}
